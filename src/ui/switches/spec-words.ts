"use client";

import type { Constraint, SwitchSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import type { KeyChange } from "../kit/diff.tsx";
import { changesBetween, type SpecKey } from "./draft.ts";
import type { ShareDraft } from "./share-draft.ts";

const SAID = 5;

/** Values and keys of a switch in the reader's words. */
export function useSpecWords() {
  const t = useTranslations();
  const value = (key: SpecKey, raw: unknown): string | undefined => {
    if (raw === undefined) return undefined;
    if (key === "position") return t(`position.${raw as SwitchSpec["position"]}`);
    if (key === "level") return t(`level.${raw as SwitchSpec["level"]}`);
    if (key === "strategy") return t(`strategy.${raw as SwitchSpec["strategy"]}`);
    if (key === "audience") return audience(raw as SwitchSpec["audience"]) || t("audience.all-everybody");
    return JSON.stringify(raw);
  };
  const constraint = (one: Constraint): string => {
    const values = one.values.slice(0, SAID).join(t("diff.comma"));
    const rest = one.values.length - SAID;
    const said = `${one.contextName} ${t(`audience.op-${one.operator}`)} ${values}`;
    const whole = rest > 0 ? t("audience.andMore", { said, count: rest }) : said;
    return one.inverted ? t("audience.turned", { said: whole }) : whole;
  };
  /** Who it is for, in words; "" for everybody. */
  const audience = (constraints: SwitchSpec["audience"]): string =>
    (constraints ?? [])
      .filter(({ contextName }) => contextName !== "")
      .map(constraint)
      .join(t("audience.and"));
  /** A share in words: `10 % of instances`. */
  const share = ({ by, contextKey, shareBp }: ShareDraft): string =>
    by === "instance"
      ? t("audience.ofInstances", { share: shareBp / 100 })
      : t("audience.ofContext", { share: shareBp / 100, key: contextKey });
  /** What a lever goes back to, in words. */
  const restored = (spec: SwitchSpec | null | undefined): string =>
    spec === null || spec === undefined ? t("sheet.restoredNothing") : t(`position.${spec.position}`);
  const changes = (before: SwitchSpec | undefined, after: SwitchSpec): readonly KeyChange[] =>
    changesBetween(before, after).map((change) => ({
      key: change.key,
      label: t(`spec.${change.key}`),
      before: value(change.key, change.before),
      after: value(change.key, change.after),
      verbatim: change.key === "payload",
    }));
  /** The change as one plain sentence, with how many instances it reaches. */
  const sentence = (
    name: string,
    before: SwitchSpec,
    after: SwitchSpec,
    reached: number | undefined,
  ): string => {
    const differs = changesBetween(before, after);
    if (differs.length === 0) return t("diff.same");
    const moves = differs.some(({ key }) => key === "position");
    const others = differs.filter(({ key }) => key !== "position").map(({ key }) => t(`spec.${key}`));
    const parts = [
      moves
        ? t("diff.moves", {
            name,
            before: t(`position.${before.position}`),
            after: t(`position.${after.position}`),
          })
        : "",
      others.length === 0
        ? ""
        : t("diff.others", { name, keys: others.join(t("diff.comma")), moves: String(moves) }),
      reached === undefined ? "" : t("diff.instances", { count: reached }),
    ];
    return parts.filter(Boolean).join(t("diff.comma"));
  };
  const label = (key: SpecKey): string => t(`spec.${key}`);
  return { label, value, changes, sentence, audience, share, restored };
}

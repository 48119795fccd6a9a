"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { DiffEntry } from "../api/contract.ts";
import { formatRef, type LeverRef } from "../api/ref.ts";
import type { KeyChange } from "../kit/diff.tsx";
import { writeJson } from "../switches/json.ts";
import { isFingerprint } from "./leaves.ts";

/** What becomes of one lever. */
export interface LeverDiff {
  readonly ref: LeverRef;
  readonly op: "create" | "change" | "delete" | "same";
  /** As `readable` gives them. */
  readonly entries: readonly DiffEntry[];
}

const SAID_IN_A_SENTENCE = 3;
const LONGEST_SAID = 60;
/** What it goes back to by itself: among the keys, not in the sentence. */
const AFTER_EXPIRY = "meta.expiry.restore.";

const SHARE = "rollout.shareBp";
const STICKINESS = "rollout.stickiness";
const CANDIDATE = "rollout.candidate.";

const KNOWN = ["position", "level", "strategy", "payload", "audience"] as const;
const isKnown = (key: string): key is (typeof KNOWN)[number] => KNOWN.some((known) => known === key);

/** A text that is better read line by line than as one value. */
export const isLongText = (value: unknown): value is string =>
  typeof value === "string" && (value.includes("\n") || value.length > 120);

/** Levers, keys and values of any kind in the reader's words. */
export function useDiffWords() {
  const t = useTranslations();
  const names = useTranslations("fieldNames");
  const format = useFormatter();

  const name = (ref: LeverRef): string => (ref.kind === "switch" ? ref.name : `${ref.kind} ${ref.name}`);
  const where = (ref: LeverRef): string => (ref.service === "*" ? t("changes.everyService") : ref.service);

  const label = (ref: LeverRef, path: string): string => {
    if (path === "meta.expiry.at") return t("changes.expiresAt");
    if (path.startsWith(AFTER_EXPIRY)) {
      return t("changes.afterExpiry", { key: path.slice(AFTER_EXPIRY.length) });
    }
    if (path === SHARE) return t("changes.share");
    if (path.startsWith(STICKINESS)) return t("changes.goesBy");
    if (path.startsWith(CANDIDATE)) {
      return t("changes.candidate", { key: label(ref, `spec.${path.slice(CANDIDATE.length)}`) });
    }
    const key = path.replace(/^spec\./, "").replace(/^meta\./, "");
    if (ref.kind === "switch" && isKnown(key)) return t(`spec.${key}`);
    // A part of a body that stands for itself has its field's name; within it, its own keys speak.
    const [room = "", field = "", ...inner] = path.split(".");
    const known = `${room === "spec" ? ref.kind : room}-${field}` as Parameters<typeof names>[0];
    return names.has(known) ? [names(known), ...inner].join(" · ") : key;
  };

  const value = (ref: LeverRef, path: string, raw: unknown): string | undefined => {
    if (raw === undefined) return undefined;
    if (isFingerprint(raw)) return t("changes.sealed", { fingerprint: raw.fingerprint });
    if (path === "meta.expiry.at" && typeof raw === "string") {
      return format.dateTime(new Date(raw), { dateStyle: "medium", timeStyle: "short" });
    }
    if (path === SHARE && typeof raw === "number") return `${format.number(raw / 100)} %`;
    if (path === STICKINESS && raw === "instance") return t("changes.byInstance");
    if (path === "rollout.shareBp" && typeof raw === "number") {
      return `${format.number(raw / 100, { maximumFractionDigits: 2 })} %`;
    }
    if (ref.kind === "switch" && (raw === "NORMAL" || raw === "DEGRADED")) return t(`position.${raw}`);
    return typeof raw === "string" ? raw : writeJson(raw);
  };

  const brief = (text: string | undefined): string => {
    const line = (text ?? t("diff.none")).replace(/\s+/g, " ");
    return line.length > LONGEST_SAID ? `${line.slice(0, LONGEST_SAID - 1)}…` : line;
  };

  const keys = ({ ref, entries }: LeverDiff): readonly KeyChange[] =>
    entries.map(({ path, before, after }) => ({
      key: path,
      label: label(ref, path),
      before: value(ref, path, before),
      after: value(ref, path, after),
      verbatim: typeof before === "object" || typeof after === "object" || path.includes("value"),
    }));

  /** One plain sentence: what becomes of the lever. */
  const sentence = (diff: LeverDiff): string => {
    const { ref, op } = diff;
    const entries = diff.entries.filter(({ path }) => !path.startsWith(AFTER_EXPIRY));
    const [said, more] = [entries.slice(0, SAID_IN_A_SENTENCE), entries.length - SAID_IN_A_SENTENCE];
    const parts = said.map(({ path, before, after }) => {
      const long = isLongText(before) || isLongText(after);
      if (long) return t("changes.textChanged", { key: label(ref, path) });
      const of = path === "spec.position" ? "" : `${label(ref, path)} `;
      const now = brief(value(ref, path, after));
      const made = op === "create" || (before === undefined && path.startsWith("rollout."));
      return made ? `${of}${now}` : `${of}${brief(value(ref, path, before))} → ${now}`;
    });
    if (more > 0) parts.push(t("changes.moreKeys", { count: more }));
    const keys = parts.join(t("diff.comma"));
    return t(`changes.sentence.${op}`, { name: name(ref), keys });
  };

  return { name, where, label, value, keys, sentence, full: formatRef };
}

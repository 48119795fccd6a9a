"use client";

import { useTranslations } from "next-intl";
import type { KeyChange } from "../kit/diff.tsx";
import { sameValue } from "../switches/json.ts";
import type { Fault } from "./faults.ts";
import { FIELDS, fieldsOf, type Unit } from "./fields.ts";
import type { Mode, ResilienceKind, Spec } from "./kinds.ts";

const SAID_IN_A_SENTENCE = 3;
const SECOND_MS = 1_000;

/** Fields, values, faults and whole specs of these kinds in the reader's words. */
export function useFieldWords() {
  const t = useTranslations("leverFields");
  const names = useTranslations("fieldNames");
  const r = useTranslations("breakers");
  const d = useTranslations("diff");

  const plain = (raw: unknown): string => (typeof raw === "string" ? raw : JSON.stringify(raw));
  const quantity = (value: number, unit: Unit): string =>
    unit === "ms" && value >= SECOND_MS
      ? t("value.seconds", { value: value / SECOND_MS })
      : t(`value.${unit === "" ? "none" : unit}`, { value });

  const label = (kind: ResilienceKind, key: string): string =>
    names(`${kind}-${key}` as Parameters<typeof names>[0]);
  const hint = (kind: ResilienceKind, key: string): string => t(`hint.${kind}-${key}`);

  const value = (kind: ResilienceKind, key: string, raw: unknown, spec: Spec): string | undefined => {
    if (raw === undefined) return undefined;
    if (key === "mode") return r(`mode.${raw as Mode}`);
    const shape = FIELDS[kind].find((field) => field.key === key)?.shape;
    if (shape === undefined) return plain(raw);
    switch (shape.as) {
      case "whole":
      case "number":
        return typeof raw === "number"
          ? quantity(raw, typeof shape.unit === "function" ? shape.unit(spec) : shape.unit)
          : plain(raw);
      case "share":
        return typeof raw === "number" ? quantity(raw / 100, "percent") : plain(raw);
      case "choice":
        return typeof raw === "string" && shape.choices.includes(raw) ? t(`choice.${raw}`) : plain(raw);
      case "list":
        return Array.isArray(raw) ? raw.join(", ") : plain(raw);
      case "shares":
        return typeof raw === "object" && raw !== null
          ? Object.entries(raw)
              .map(([name, part]) => `${name} ${quantity(Number(part) / 100, "percent")}`)
              .join(", ")
          : plain(raw);
      case "steps":
        return Array.isArray(raw)
          ? raw.map((part) => quantity(Number(part) / 100, "percent")).join(" → ")
          : plain(raw);
      case "numbers":
        return typeof raw === "object" && raw !== null
          ? Object.entries(raw)
              .map(([name, part]) => `${name} ${Number(part)}`)
              .join(", ")
          : plain(raw);
      case "text":
      case "elsewhere":
        return plain(raw);
    }
  };

  const keysOf = (kind: ResilienceKind, spec: Spec): readonly string[] => [
    ...(kind === "breaker" ? ["mode"] : []),
    ...fieldsOf(kind, spec).map(({ key }) => key),
  ];

  /** Keys that differ, the mode first, then in the form's order. */
  const changes = (kind: ResilienceKind, before: Spec | undefined, after: Spec): readonly KeyChange[] =>
    [...new Set([...keysOf(kind, after), ...keysOf(kind, before ?? after)])]
      .filter((key) => !sameValue(before?.[key], after[key]))
      .map((key) => ({
        key,
        label: label(kind, key),
        before: value(kind, key, before?.[key], before ?? after),
        after: value(kind, key, after[key], after),
      }));

  /** One plain sentence: "bank: Failure threshold 50 % → 30 % · 2 instances". */
  const sentence = (
    kind: ResilienceKind,
    name: string,
    before: Spec | undefined,
    after: Spec,
    count: number,
  ): string => {
    const differs = changes(kind, before, after);
    if (differs.length === 0) return r("sentenceEnd", { name });
    const said = differs.slice(0, SAID_IN_A_SENTENCE).map((change) => {
      const of = change.key === "mode" ? "" : `${change.label} `;
      const now = change.after ?? d("none");
      return before === undefined ? `${of}${now}` : `${of}${change.before ?? d("none")} → ${now}`;
    });
    const more = differs.length - said.length;
    if (more > 0) said.push(r("moreFields", { count: more }));
    const words = { name, changes: said.join(d("comma")), count };
    return before === undefined ? r("sentenceCreate", words) : r("sentenceChange", words);
  };

  /** A spec in one line. */
  const summary = (kind: ResilienceKind, spec: Spec): string => {
    const of = (key: string): string => value(kind, key, spec[key], spec) ?? "–";
    switch (kind) {
      case "breaker":
        return r("summary.breaker", {
          failure: of("failureRateThreshold"),
          calls: of("minimumNumberOfCalls"),
          slow: of("slowCallDurationThresholdMs"),
          wait: of("waitDurationInOpenStateMs"),
        });
      case "retry":
        return r("summary.retry", {
          attempts: of("maxAttempts"),
          wait: of("waitDurationMs"),
          budget: of("budgetPercent"),
        });
      case "timeout":
        return r("summary.timeout", { timeout: of("timeoutMs") });
      case "limit":
        return r("summary.limit", {
          limit: of(spec["type"] === "RATE" ? "permitsPerSecond" : "maxConcurrentCalls"),
        });
      case "traffic":
        return r("summary.traffic", { balancer: of("balancer") });
      case "degrade":
        return r("summary.degrade", {
          target: of(spec["switch"] === undefined ? "breaker" : "switch"),
          signal: of("signal"),
          above: of("above"),
        });
      case "sampling": {
        const count = Object.keys(spec["routes"] ?? {}).length;
        if (count > 0) return r("summary.samplingRoutes", { rate: of("rateBp"), count });
        return r("summary.sampling", { rate: of("rateBp") });
      }
    }
  };

  /** What an ending brings back, in a few words: a breaker's mode, else the values; nothing is the code's default. */
  const restored = (kind: ResilienceKind, spec: unknown): string => {
    if (typeof spec !== "object" || spec === null) return r("restoresNothing");
    const known = spec as Spec;
    return kind === "breaker" ? r(`mode.${known["mode"] as Mode}`) : summary(kind, known);
  };

  const fault = ({ word, values }: Fault): string => t(`fault.${word}`, values);

  return { label, hint, value, quantity, changes, sentence, summary, restored, fault };
}

import { specSchemas, strict } from "@leverframe/agent/protocol";
import { FIELDS } from "./fields.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";

/** What the protocol's own schema finds wrong with a field; `word` is a key of `leverFields.fault`. */
export interface Fault {
  readonly key: string;
  readonly word: string;
  readonly values: Readonly<Record<string, number | string>>;
}

const schemas = specSchemas(strict);

/** Parts of a zod issue that say which rule was broken. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly inclusive?: unknown;
}

/** Every fault of a spec, by field, as agents and the control plane find it. Pure. */
export function faultsOf(kind: ResilienceKind, spec: Spec): readonly Fault[] {
  const result = schemas[kind].safeParse(spec);
  if (result.success) return [];
  const faults = new Map<string, Fault>();
  for (const issue of result.error.issues) {
    const key = String(issue.path[0] ?? "");
    if (!faults.has(key)) faults.set(key, faultOf(kind, key, spec, issue));
  }
  return [...faults.values()];
}

/** The field whose value a rule between two fields compares with. */
const COMPARED: Readonly<Record<string, string>> = {
  "breaker-minimumNumberOfCalls": "slidingWindowSize",
  "breaker-successesToClose": "permittedNumberOfCallsInHalfOpenState",
  "retry-maxWaitDurationMs": "waitDurationMs",
  "timeout-attemptTimeoutMs": "timeoutMs",
  "limit-minConcurrentCalls": "maxConcurrentCalls",
  "degrade-recoverBelow": "above",
};
const SHARES = new Set(["sampling-rateBp", "sampling-routes", "degrade-recoverStepsBp"]);
/** Names of other levers. */
const NAMES = new Set(["degrade-switch", "degrade-breaker", "degrade-of"]);

const isWhole = (kind: ResilienceKind, key: string): boolean =>
  FIELDS[kind].some((field) => field.key === key && field.shape.as === "whole");

function faultOf(kind: ResilienceKind, key: string, spec: Spec, issue: Issue): Fault {
  const name = `${kind}-${key}`;
  const scale = SHARES.has(name) ? 100 : 1;
  const bound = (limit: unknown): Fault["values"] => ({ limit: Number(limit) / scale });
  if (name === "limit-hotKey" && issue.code === "invalid_format") return { key, word: name, values: {} };
  if (NAMES.has(name) && issue.code === "invalid_format") return { key, word: "leverName", values: {} };
  if (name === "retry-retryOn") return { key, word: "names", values: {} };
  switch (issue.code) {
    case "too_small":
      return { key, word: issue.inclusive === false ? "above" : "least", values: bound(issue.minimum) };
    case "too_big":
      return { key, word: "most", values: bound(issue.maximum) };
    case "invalid_value":
      return { key, word: "choice", values: {} };
    case "invalid_type":
      if (name === "degrade-recoverStepsBp") return { key, word: "steps", values: {} };
      if (name === "limit-hotOverrides") return { key, word: "numbers", values: {} };
      if (name === "sampling-routes") return { key, word: "shares", values: {} };
      return { key, word: isWhole(kind, key) ? "whole" : "number", values: {} };
    case "custom":
      if (name in COMPARED) return { key, word: name, values: { limit: Number(spec[COMPARED[name] ?? ""]) } };
      if (name === "breaker-slidingWindowSize") return { key, word: name, values: { limit: 3_600 } };
      if (kind === "degrade") return { key, word: name, values: {} };
      if (kind === "limit") return { key, word: "needed", values: {} };
  }
  return { key, word: "other", values: { message: issue.message } };
}

import { isFault, type Reason } from "./evaluation.ts";
import { type Answer, type FlagTable } from "./flag-table.ts";
import { murmur3 } from "./murmur3.ts";
import { canonicalContext, readFlagContext } from "./read-context.ts";

/**
 * What OFREP 0.3.0 answers, as pure functions: the control plane and the sidecar put HTTP around them.
 * Source: open-feature/protocol, service/openapi.yaml.
 */
export interface OfrepAnswer {
  readonly status: 200 | 304 | 400 | 404 | 500;
  /** Absent for 304. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly etag?: string;
}

/** The flags that are asked, and what names their state. */
export interface OfrepFlags {
  readonly table: Pick<FlagTable, "evaluate" | "evaluateAll">;
  /** Another one for any other state of any flag. */
  readonly state: string;
  /** Said of all flags, and of each: the revision, and `stale` where it is not proved to be the present. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly eventStreams?: readonly Readonly<Record<string, unknown>>[];
}

/** Of one request; bodies are bounded before they come here. */
export const OFREP_BODY_BYTES = 128 * 1024;
const MOST_KEY = 256;

const failure = (
  status: 400 | 404 | 500,
  key: string | undefined,
  errorCode: string,
  errorDetails: string,
): OfrepAnswer => ({
  status,
  body: { ...(key === undefined ? {} : { key }), errorCode, errorDetails },
});

/** Answers `POST /ofrep/v1/evaluate/flags/{key}`. Never throws. */
export function answerOne(flags: OfrepFlags, key: string, body: string): OfrepAnswer {
  const shown = key.slice(0, MOST_KEY);
  if (key === "" || key.length > MOST_KEY) {
    return failure(400, shown, "PARSE_ERROR", `a flag's key is 1 to ${MOST_KEY} characters`);
  }
  const read = contextOf(body);
  if ("errorCode" in read) return failure(400, key, read.errorCode, read.errorDetails);
  const answer = flags.table.evaluate(key, read.context);
  const item = itemOf(key, answer, flags.metadata);
  if (!isFault(answer)) return { status: 200, body: item };
  const status = { FLAG_NOT_FOUND: 404, TARGETING_KEY_MISSING: 400, GENERAL: 500 } as const;
  return { status: status[answer.errorCode], body: item };
}

/** Answers `POST /ofrep/v1/evaluate/flags`: all flags, or 304 where `ifNoneMatch` names their state. Never throws. */
export function answerAll(flags: OfrepFlags, body: string, ifNoneMatch: string | undefined): OfrepAnswer {
  const read = contextOf(body);
  if ("errorCode" in read) return failure(400, undefined, read.errorCode, read.errorDetails);
  const etag = etagOf(flags.state, canonicalContext(read.context));
  if (matches(ifNoneMatch, etag)) return { status: 304, etag };
  const items = Array.from(flags.table.evaluateAll(read.context), ([key, answer]) => itemOf(key, answer, {}));
  const { eventStreams, metadata } = flags;
  return {
    status: 200,
    etag,
    body: { flags: items, metadata, ...(eventStreams === undefined ? {} : { eventStreams }) },
  };
}

/** A name for a state and what was asked of it; quoted, as the header wants it. */
export function etagOf(...parts: readonly string[]): string {
  const text = parts.join("\n");
  const hash = [0, 1, 2].map((seed) => murmur3(text, seed).toString(16).padStart(8, "0")).join("");
  return `"${hash}"`;
}

function contextOf(
  body: string,
): ReturnType<typeof wrong> | { readonly context: Parameters<FlagTable["evaluate"]>[1] } {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return wrong("PARSE_ERROR", 'the body must be JSON such as {"context":{"targetingKey":"user-17"}}');
  }
  if (typeof given !== "object" || given === null || !("context" in given)) {
    return wrong("INVALID_CONTEXT", 'the body must hold a context: {"context":{"targetingKey":"user-17"}}');
  }
  const read = readFlagContext(given.context);
  return "fault" in read ? wrong("INVALID_CONTEXT", read.fault) : read;
}

const wrong = (errorCode: "PARSE_ERROR" | "INVALID_CONTEXT", errorDetails: string) => ({
  errorCode,
  errorDetails,
});

/** The wire's list knows no DEFAULT: what no rule chose was still the outcome of rules. */
const WIRE_REASONS: Readonly<Record<Reason, string>> = {
  STATIC: "STATIC",
  TARGETING_MATCH: "TARGETING_MATCH",
  SPLIT: "SPLIT",
  DISABLED: "DISABLED",
  DEFAULT: "TARGETING_MATCH",
};

function itemOf(
  key: string,
  answer: Answer,
  common: OfrepFlags["metadata"],
): Readonly<Record<string, unknown>> {
  if (isFault(answer)) return { key, ...answer };
  const { value, reason, variant, metadata } = answer;
  return {
    key,
    ...(value === undefined ? {} : { value }),
    reason: WIRE_REASONS[reason],
    ...(variant === undefined ? {} : { variant }),
    metadata: { ...common, ...metadata },
  };
}

/** As HTTP compares for GET: weakly, and `*` is any. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(",")
    .map((each) => each.trim().replace(/^W\//, ""))
    .some((each) => each === "*" || each === etag || `"${each}"` === etag);
}

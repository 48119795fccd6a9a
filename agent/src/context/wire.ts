import { type CallContext, currentContext, remainingMs } from "./call-context.ts";

/**
 * How a context goes over the wire. The time left is a duration, since clocks of machines differ: in `leverframe-timeout-ms`
 * over HTTP, in `grpc-timeout` over gRPC (which grpc-js writes from the call's deadline). `Idempotency-Key` is the IETF
 * draft's; what was degraded is a member of W3C `baggage`.
 */
export const TIMEOUT_HEADER = "leverframe-timeout-ms";
export const IDEMPOTENCY_HEADER = "idempotency-key";
export const BAGGAGE_HEADER = "baggage";
/** Which attempt of the caller's this is, where it is not the first (gRPC says `grpc-previous-rpc-attempts`, one less). */
export const ATTEMPT_HEADER = "leverframe-attempt";
export const DEGRADED_MEMBER = "leverframe.degraded";

/** Longer than a day is no deadline that anybody means. */
const MOST_TIMEOUT_MS = 86_400_000;
const MOST_DEGRADED = 16;
const MOST_KEY_LENGTH = 255;
const LEVER = /^[a-z0-9*][a-z0-9._-]{0,62}\/[a-z0-9][a-z0-9._-]{0,62}$/;

/** One value of a header, whatever carries it; undefined where it is absent. */
export type ReadHeader = (name: string) => string | undefined;
export type WriteHeader = (name: string, value: string) => void;

/** What a request says of itself. What it says wrongly counts as unsaid; never throws. */
export function readContext(read: ReadHeader, nowMs: number, signal?: AbortSignal): CallContext {
  const timeoutMs = timeoutOf(read(TIMEOUT_HEADER));
  const key = read(IDEMPOTENCY_HEADER);
  return {
    deadlineMs: timeoutMs === undefined ? undefined : nowMs + timeoutMs,
    signal,
    idempotencyKey: key !== undefined && key !== "" && key.length <= MOST_KEY_LENGTH ? key : undefined,
    degraded: degradedOf(read(BAGGAGE_HEADER)),
    attempt: attemptOf(read(ATTEMPT_HEADER)),
  };
}

/** Tells a callee. `baggage` is what the request bears already: its other members stay. */
export function writeContext(
  context: CallContext,
  write: WriteHeader,
  nowMs: number,
  baggage?: string,
): void {
  const leftMs = remainingMs(context, nowMs);
  if (leftMs !== undefined) write(TIMEOUT_HEADER, String(Math.floor(leftMs)));
  if (context.idempotencyKey !== undefined) write(IDEMPOTENCY_HEADER, context.idempotencyKey);
  if (context.attempt !== undefined && context.attempt > 1) write(ATTEMPT_HEADER, String(context.attempt));
  const members = withDegraded(baggage, context.degraded);
  if (members !== undefined) write(BAGGAGE_HEADER, members);
}

/**
 * Adds a lever to the list of the request that the calling code works for, so that its server says so in the answer;
 * outside of a request nothing happens. At most 16 are kept.
 */
export function noteDegradation(lever: string): void {
  const { degraded } = currentContext();
  if (Object.isFrozen(degraded) || degraded.includes(lever)) return;
  if (degraded.length < MOST_DEGRADED && LEVER.test(lever)) (degraded as string[]).push(lever);
}

/** The context with one more lever that cut the answer down. */
export const withDegradation = (context: CallContext, lever: string): CallContext =>
  context.degraded.includes(lever) || context.degraded.length >= MOST_DEGRADED || !LEVER.test(lever)
    ? context
    : { ...context, degraded: [...context.degraded, lever] };

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,9}$/.test(text)) return undefined;
  return Math.min(Number(text), MOST_TIMEOUT_MS);
}

function attemptOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d?$/.test(text) ? Number(text) : undefined;
}

function degradedOf(baggage: string | undefined): readonly string[] {
  for (const member of membersOf(baggage)) {
    const [name = "", value = ""] = (member.split(";")[0] ?? "").split("=");
    if (name.trim() !== DEGRADED_MEMBER) continue;
    const levers = decoded(value.trim())
      .split(" ")
      .filter((lever) => LEVER.test(lever));
    return [...new Set(levers)].slice(0, MOST_DEGRADED);
  }
  return [];
}

function withDegraded(baggage: string | undefined, degraded: readonly string[]): string | undefined {
  const others = membersOf(baggage).filter((member) => member.split("=")[0]?.trim() !== DEGRADED_MEMBER);
  const own = degraded.length === 0 ? [] : [`${DEGRADED_MEMBER}=${encodeURIComponent(degraded.join(" "))}`];
  const members = [...others, ...own];
  return members.length === 0 ? undefined : members.join(",");
}

const membersOf = (baggage: string | undefined): string[] =>
  (baggage ?? "")
    .slice(0, 8_192)
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return "";
  }
}

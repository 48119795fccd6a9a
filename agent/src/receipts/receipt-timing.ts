/** When receipts are written (DESIGN §4, *Receipts*). Pure: times are monotonic milliseconds, randomness is handed in. */

/** A receipt gives changes at least this long to reach the others first, and a large fleet a part of its spread. */
const HEAD_START_MS = 50;
const HEAD_START_SHARE = 0.25;
/** Changes that keep coming put a receipt off no longer than this, and twice the spread. */
const MOST_PUT_OFF_MS = 1_000;
/** Between a receipt and the one that carries the decisions since. */
export const FOLLOW_UP_MS = 10_000;
/** After new declarations: others may follow at once. */
const DECLARED_WAIT_MS = 250;
/** Between two receipts that only tell of breakers. */
const MOVED_GAP_MS = 1_000;

const RETRY_FIRST_MS = 200;
const RETRY_MOST_MS = 1_000;

/**
 * How long after a revision its receipt is written: `min(50, spread)`, or a quarter of the spread where that is more,
 * and a random 0 … `50 + spread`. Receipts that came sooner would hold up the change on its way to the others.
 */
export const receiptDelayMs = (spreadMs: number, random: number): number =>
  Math.max(Math.min(HEAD_START_MS, spreadMs), HEAD_START_SHARE * spreadMs) +
  random * (HEAD_START_MS + spreadMs);

/**
 * When the receipt of a revision applied at `nowMs` is due. Counted from the newest revision; not put off for ever by
 * those that keep coming; never sooner after the last than the spread, so that a fleet of `2 × spread` instances
 * stays within 2,000 receipts a second.
 */
export function dueAfterRevision(o: {
  readonly nowMs: number;
  readonly spreadMs: number;
  readonly random: number;
  /** When the oldest revision was applied that no receipt speaks of yet. */
  readonly oldestMs: number;
  readonly lastSentMs: number | undefined;
}): number {
  const wanted = o.nowMs + receiptDelayMs(o.spreadMs, o.random);
  const latest = Math.max(o.nowMs, o.oldestMs + MOST_PUT_OFF_MS + 2 * o.spreadMs);
  const soonest = o.lastSentMs === undefined ? o.nowMs : o.lastSentMs + o.spreadMs;
  return Math.max(soonest, Math.min(wanted, latest));
}

/** When a receipt of new declarations is due. */
export const dueAfterDeclaration = (nowMs: number, spreadMs: number, random: number): number =>
  nowMs + DECLARED_WAIT_MS + random * (DECLARED_WAIT_MS + spreadMs);

/**
 * When a receipt is due because a breaker moved, where no revision's is. At most one a second and instance, one a
 * spread in large fleets, so that a fleet whose breakers flap stays within 2,000 receipts a second.
 */
export function dueAfterMove(o: {
  readonly nowMs: number;
  readonly spreadMs: number;
  readonly random: number;
  /** When the last such receipt was written. */
  readonly lastMovedMs: number | undefined;
}): number {
  const wanted = o.nowMs + o.random * (HEAD_START_MS + o.spreadMs);
  const soonest = o.lastMovedMs === undefined ? o.nowMs : o.lastMovedMs + Math.max(MOVED_GAP_MS, o.spreadMs);
  return Math.max(soonest, wanted);
}

/** How long to wait after the n-th failure in a row, from 1. */
export const retryDelayMs = (failures: number, random: number): number =>
  Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** (failures - 1)) * (0.5 + random / 2);

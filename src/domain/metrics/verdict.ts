/** What one slice of time counted: requests, those that failed, and how long they took. */
export interface Slice {
  readonly requests: number;
  readonly errors: number;
  /** Mean and 95th percentile in seconds; undefined where nothing was measured. */
  readonly meanSeconds: number | undefined;
  readonly p95Seconds: number | undefined;
}

/** What a stretch of time amounts to. */
export interface Stretch {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** 0 to 1. */
  readonly errorShare: number;
  readonly meanSeconds: number | undefined;
  readonly p95Seconds: number | undefined;
}

export type VerdictWord =
  | "not enough data"
  | "slower"
  | "faster"
  | "more errors"
  | "fewer errors"
  | "no difference";

export interface Verdict {
  /** The worst first: several may hold. One alone where nothing changed or little is known. */
  readonly words: readonly VerdictWord[];
  readonly before: Stretch;
  readonly after: Stretch;
  /** After minus before, with the interval that holds it at 99 % confidence; undefined without enough data. */
  readonly duration: Difference | undefined;
  readonly errors: Difference | undefined;
  /** What is missing, where not enough is known. */
  readonly lacks: { readonly requests: number; readonly slices: number } | undefined;
}

export interface Difference {
  readonly by: number;
  readonly low: number;
  readonly high: number;
}

/** On each side. Fewer tell nothing of a p95, and an hour of quiet is no proof. */
export const LEAST_REQUESTS = 100;
/** On each side, with requests in them: the spread between slices is what a difference is held against. */
export const LEAST_SLICES = 5;
/** Smaller changes are no news, however certain: a tenth, and 2 ms; of errors half a percentage point. */
const LEAST_DURATION_SHARE = 0.1;
const LEAST_DURATION_SECONDS = 0.002;
const LEAST_ERROR_SHARE = 0.005;

/**
 * Compares before with after. Means of slices (batch means; Law & Kelton, *Simulation Modeling and Analysis*) instead of
 * single requests: requests of the same second are alike, and a test that takes them for independent finds a difference
 * everywhere. Welch's t test at 1 % on each of mean, p95 and error share; and only differences that matter count.
 */
export function compareStretches(
  before: readonly Slice[],
  after: readonly Slice[],
  sliceSeconds: number,
): Verdict {
  const sides = [before, after].map((slices) => slices.filter(({ requests }) => requests > 0));
  const [was, is] = [before, after].map((slices) => stretchOf(slices, sliceSeconds)) as [Stretch, Stretch];
  const lacks = {
    requests: Math.max(0, Math.ceil(LEAST_REQUESTS - Math.min(was.requests, is.requests))),
    slices: Math.max(0, LEAST_SLICES - Math.min(...sides.map((side) => side.length))),
  };
  if (lacks.requests > 0 || lacks.slices > 0) {
    return {
      words: ["not enough data"],
      before: was,
      after: is,
      duration: undefined,
      errors: undefined,
      lacks,
    };
  }
  const [old = [], fresh = []] = sides;
  const mean = difference(old, fresh, (slice) => slice.meanSeconds);
  const p95 = difference(old, fresh, (slice) => slice.p95Seconds);
  const errors = difference(old, fresh, ({ errors, requests }) => errors / requests);
  const words: VerdictWord[] = [];
  const errorTurn = turnOf(errors, LEAST_ERROR_SHARE);
  const turns = new Set([
    turnOf(mean, leastOf(was.meanSeconds)),
    // A tail is noisy: it speaks only where it moves by a quarter.
    turnOf(p95, leastOf(was.p95Seconds, 0.25)),
  ]);
  if (errorTurn > 0) words.push("more errors");
  if (turns.has(1)) words.push("slower");
  else if (turns.has(-1)) words.push("faster");
  if (errorTurn < 0) words.push("fewer errors");
  if (words.length === 0) words.push("no difference");
  return { words, before: was, after: is, duration: mean, errors, lacks: undefined };
}

const leastOf = (was: number | undefined, share = LEAST_DURATION_SHARE): number =>
  Math.max(LEAST_DURATION_SECONDS, (was ?? 0) * share);

/** 1 where it surely rose by what matters, -1 where it fell. */
function turnOf(difference: Difference | undefined, least: number): -1 | 0 | 1 {
  if (difference === undefined || Math.abs(difference.by) < least) return 0;
  if (difference.low > 0) return 1;
  return difference.high < 0 ? -1 : 0;
}

function stretchOf(slices: readonly Slice[], sliceSeconds: number): Stretch {
  const requests = slices.reduce((sum, slice) => sum + slice.requests, 0);
  const weighted = (read: (slice: Slice) => number | undefined): number | undefined => {
    const known = slices.filter((slice) => slice.requests > 0 && read(slice) !== undefined);
    const weight = known.reduce((sum, slice) => sum + slice.requests, 0);
    if (weight === 0) return undefined;
    return known.reduce((sum, slice) => sum + (read(slice) ?? 0) * slice.requests, 0) / weight;
  };
  return {
    requests: Math.round(requests),
    requestsPerSecond: slices.length === 0 ? 0 : requests / (slices.length * sliceSeconds),
    errorShare: requests === 0 ? 0 : slices.reduce((sum, slice) => sum + slice.errors, 0) / requests,
    meanSeconds: weighted((slice) => slice.meanSeconds),
    p95Seconds: weighted((slice) => slice.p95Seconds),
  };
}

/** Welch's interval for the difference of the slices' means. Undefined where a side has too few. */
function difference(
  before: readonly Slice[],
  after: readonly Slice[],
  read: (slice: Slice) => number | undefined,
): Difference | undefined {
  const [a, b] = [before, after].map((slices) =>
    momentsOf(slices.map(read).filter((one) => one !== undefined)),
  );
  if (a === undefined || b === undefined) return undefined;
  const by = b.mean - a.mean;
  const [va, vb] = [a.variance / a.count, b.variance / b.count];
  const error = Math.sqrt(va + vb);
  if (error === 0) return { by, low: by, high: by };
  const freedom = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1));
  const reach = studentT99(freedom) * error;
  return { by, low: by - reach, high: by + reach };
}

function momentsOf(values: readonly number[]) {
  const count = values.length;
  if (count < LEAST_SLICES) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { count, mean, variance };
}

/**
 * Two-sided 99 % point of Student's t, by the expansion of Cornish and Fisher (Abramowitz & Stegun 26.7.5), within
 * 2 % from 4 degrees of freedom up.
 */
function studentT99(freedom: number): number {
  const z = 2.575829;
  const n = Math.max(freedom, 3);
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / n + g2 / n ** 2 + g3 / n ** 3;
}

import type { AddressChange } from "../frame/address.ts";

/** What a page of charts shows: a fixed stretch, or the last so many minutes, moving on. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** Where the picture ends: of a range that moves on, a little ahead of the present, so that what happens now is in it. */
  readonly untilMs: number;
  /** The range that moves with the time; undefined for a stretch that was chosen. */
  readonly range: Range | undefined;
}

const MINUTE_MS = 60_000;
export const RANGES = {
  "15m": 15 * MINUTE_MS,
  "1h": 60 * MINUTE_MS,
  "6h": 360 * MINUTE_MS,
  "24h": 1_440 * MINUTE_MS,
  "7d": 10_080 * MINUTE_MS,
} as const;
export type Range = keyof typeof RANGES;

/** Points drawn at most: more than these a line of some 600 pixels can't show. */
const POINTS = 120;
const STEPS_MS = [
  5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
];
/** The page's clock is at most this late. */
const AHEAD_MS = 6_000;
/** What is dragged shorter is opened to this. */
export const SHORTEST_MS = MINUTE_MS;

/** The step at which a stretch is asked for, ms. */
export const stepOf = (lengthMs: number): number =>
  STEPS_MS.find((step) => lengthMs / step <= POINTS) ?? Math.ceil(lengthMs / POINTS / MINUTE_MS) * MINUTE_MS;

const isRange = (text: string | null): text is Range => text !== null && Object.hasOwn(RANGES, text);

/** The span that an address names: `range=1h`, or `from=…&to=…` in ms since 1970; the last 15 minutes if neither. Pure. */
export function spanOf(search: Pick<URLSearchParams, "get">, nowMs: number): Span {
  const [from, to] = [Number(search.get("from") ?? Number.NaN), Number(search.get("to") ?? Number.NaN)];
  if (Number.isFinite(from) && Number.isFinite(to) && to > from && from > 0) {
    return { fromMs: from, toMs: to, stepMs: stepOf(to - from), untilMs: to, range: undefined };
  }
  const named = search.get("range");
  const range = isRange(named) ? named : "15m";
  const stepMs = stepOf(RANGES[range]);
  // Whole steps, so that a chart which is asked again moves by what is new.
  const toMs = Math.floor(nowMs / stepMs) * stepMs;
  return { fromMs: toMs - RANGES[range], toMs, stepMs, untilMs: toMs + stepMs + AHEAD_MS, range };
}

/** The address of a stretch between two moments, in any order. Pure. */
export function stretchAddress(aMs: number, bMs: number): AddressChange {
  const middle = (aMs + bMs) / 2;
  const half = Math.max(Math.abs(bMs - aMs), SHORTEST_MS) / 2;
  return { from: String(Math.round(middle - half)), to: String(Math.round(middle + half)), range: null };
}

export const rangeAddress = (range: Range): AddressChange => ({ range, from: null, to: null });

const TICKS_MS = [
  15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000,
  86_400_000, 172_800_000,
];

/** At most `most` round moments of local time in a span. `offsetMs`: what local time is ahead of UTC. Pure. */
export function ticksOf(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  most: number,
  offsetMs: number,
): readonly number[] {
  const step = TICKS_MS.find((one) => (toMs - fromMs) / one <= most) ?? (toMs - fromMs) / most;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; at <= toMs; at += step)
    ticks.push(at);
  return ticks;
}

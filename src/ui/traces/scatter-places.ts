import type { FoundTrace } from "../api/contract.ts";

export interface Place {
  readonly trace: FoundTrace;
  readonly x: number;
  readonly y: number;
}

/** A scale of durations: by ratio where they differ tenfold, else by size. */
export interface Scale {
  /** Round durations to draw, ms. */
  readonly rungs: readonly number[];
  /** Where a duration lies: 0 at the foot, 1 at the top. */
  readonly partOf: (ms: number) => number;
}

/** Durations that differ more than this are shown by ratio. */
const RATIO = 20;

/** The scale for durations from `least` to `most`, ms, both above 0. Pure. */
export function rungsOf(least: number, most: number): Scale {
  if (most / Math.max(least, most / 1e9) < RATIO) {
    const power = 10 ** Math.floor(Math.log10(most));
    const step = [0.2, 0.5, 1, 2, 5].map((one) => one * power).find((one) => most / one <= 4) ?? power;
    const top = Math.ceil((most / step) * 1.02) * step;
    const rungs = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
    return { rungs, partOf: (ms) => Math.min(1, ms / top) };
  }
  const low = Math.floor(Math.log10(least));
  const high = Math.ceil(Math.log10(most * 1.05));
  const every = Math.ceil((high - low) / 4);
  const rungs: number[] = [];
  for (let power = low; power <= high; power += every) rungs.push(10 ** power);
  return {
    rungs,
    partOf: (ms) => Math.min(1, Math.max(0, (Math.log10(Math.max(ms, 10 ** low)) - low) / (high - low))),
  };
}

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where each trace lies, px; those that failed last, so that they are on top. Pure. */
export const placesOf = (
  traces: readonly FoundTrace[],
  span: { readonly fromMs: number; readonly toMs: number },
  scale: Scale,
  frame: Frame,
): readonly Place[] =>
  traces
    .map((trace) => ({
      trace,
      x: frame.left + ((trace.atMs - span.fromMs) / (span.toMs - span.fromMs)) * frame.width,
      y: frame.top + frame.height * (1 - scale.partOf(trace.durationMs)),
    }))
    .toSorted((a, b) => Number(a.trace.failed) - Number(b.trace.failed));

/** How far from a point the pointer may be, px. */
const NEAR_PX = 14;

/** The place nearest to a point, if one is near. Pure. */
export function nearest(places: readonly Place[], x: number, y: number): Place | undefined {
  let found: Place | undefined;
  let least = NEAR_PX;
  for (const place of places) {
    const distance = Math.hypot(place.x - x, place.y - y);
    if (distance > least) continue;
    least = distance;
    found = place;
  }
  return found;
}

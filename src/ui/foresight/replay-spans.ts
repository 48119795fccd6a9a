import type { ReplayedLife } from "../api/contract.ts";

/** A stretch in which a breaker would not have let everything through; from 0 to 1 of the whole. */
export interface AwaySpan {
  readonly state: "OPEN" | "HALF_OPEN";
  readonly from: number;
  readonly to: number;
}

/** When one life's breaker would have been open and half open. Moves are in order; the last state lasts to the end. Pure. */
export function awaySpans(
  { moves }: Pick<ReplayedLife, "moves">,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly AwaySpan[] {
  const share = (ms: number): number => Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)));
  return moves.flatMap(({ to, atMs }, index) => {
    if (to === "CLOSED") return [];
    return [{ state: to, from: share(atMs), to: share(moves[index + 1]?.atMs ?? toMs) }];
  });
}

import type { Endpoint } from "./endpoint.ts";
import { type Better, fewerInFlight } from "./two-choices.ts";

/** A load figure that is older is not believed: an instance that gets no calls says nothing new. */
export const LOAD_BELIEVED_MS = 10_000;
/** An idle processor is not infinitely better than one at 1 %. */
const LEAST_CPU = 0.01;

/**
 * The one whose processor has more room: load × (calls under way + 1), for its share. Where either has not said its load
 * within 10 s, calls under way decide. `nowMs` is when the caller last began or ended a call.
 */
export const moreRoom =
  (nowMs: () => number): Better =>
  (left, right) => {
    const since = nowMs() - LOAD_BELIEVED_MS;
    if (left.cpu < 0 || right.cpu < 0 || left.cpuAtMs < since || right.cpuAtMs < since) {
      return fewerInFlight(left, right);
    }
    return loadOf(right) * left.share < loadOf(left) * right.share;
  };

const loadOf = ({ cpu, inFlight }: Endpoint): number => Math.max(cpu, LEAST_CPU) * (inFlight + 1);

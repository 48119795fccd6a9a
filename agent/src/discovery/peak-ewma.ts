import type { Endpoint } from "./endpoint.ts";
import type { Better } from "./two-choices.ts";

/** The mean life of what was seen: Finagle's default. */
const DECAY_MS = 10_000;
/** Before `exp` could overflow, the base moves on. */
const REBASE_AFTER = 300;
/** As Finagle's: an instance without history gets one call, and no second one before that is answered. */
const PENALTY = 1e290;

/**
 * Peak-EWMA of latency, as Finagle's `PeakEwma` (twitter/finagle@4feb34c): a latency above the average replaces it, one
 * below draws it down by how long ago the last one was; cost is average × (calls under way + 1). Different here: averages are
 * kept scaled by e^(time / decay), so that two of them compare without a clock; and a failed call can raise an average,
 * never lower it, since failing is fast.
 */
export class PeakEwma {
  #baseMs: number;

  constructor(nowMs: number) {
    this.#baseMs = nowMs;
  }

  /** Takes in how long a call took. `all` are those that share this scale. */
  observe(
    endpoint: Endpoint,
    all: Iterable<Endpoint>,
    call: { readonly tookMs: number; readonly failed: boolean },
    nowMs: number,
  ): void {
    if ((nowMs - this.#baseMs) / DECAY_MS > REBASE_AFTER) this.#rebase(all, nowMs);
    const scaled = Math.max(call.tookMs, 0) * Math.exp((nowMs - this.#baseMs) / DECAY_MS);
    if (scaled > endpoint.cost) endpoint.cost = scaled;
    else if (!call.failed) {
      const gap = Math.exp(-Math.max(0, nowMs - endpoint.costAtMs) / DECAY_MS);
      endpoint.cost += scaled * (1 - gap);
    } else return;
    endpoint.costAtMs = nowMs;
  }

  /** The average as of now, in ms; 0 without history. */
  latencyMs({ cost }: Endpoint, nowMs: number): number {
    return cost * Math.exp(-(nowMs - this.#baseMs) / DECAY_MS);
  }

  #rebase(all: Iterable<Endpoint>, nowMs: number): void {
    const factor = Math.exp(-(nowMs - this.#baseMs) / DECAY_MS);
    for (const endpoint of all) endpoint.cost *= factor;
    this.#baseMs = nowMs;
  }
}

const costOf = ({ cost, inFlight }: Endpoint): number =>
  cost === 0 && inFlight > 0 ? PENALTY + inFlight : cost * (inFlight + 1);

/** The one with the lower cost, for its share. */
export const lowerCost: Better = (left, right) =>
  costOf(right) * left.share < costOf(left) * right.share ||
  (costOf(right) === costOf(left) && right.inFlight * left.share < left.inFlight * right.share);

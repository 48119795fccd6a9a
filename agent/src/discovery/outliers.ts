import type { OutlierRule } from "./balancing.ts";
import type { Endpoint } from "./endpoint.ts";

/** Fewer calls than this in an interval say nothing of an instance. */
export const LEAST_CALLS = 20;
/** No ejection lasts longer: Envoy's `max_ejection_time`. */
export const LONGEST_EJECTION_MS = 300_000;

/**
 * Ejects instances that fail, as Envoy's outlier detection does, by failures in a row and by the percentage of an interval.
 * Different: `maxEjectionPercent` holds for the first one too, and the last one that takes calls is never ejected. There is
 * no timer: an interval ends with the first call that is over after it.
 */
export class Outliers {
  #rule: OutlierRule | undefined;
  #intervalEndsMs = Number.NEGATIVE_INFINITY;

  obey(rule: OutlierRule | undefined): void {
    this.#rule = rule;
  }

  /**
   * Whoever of those that would take calls is ejected now. Those whose time is over return; where more are ejected than may
   * be, those whose time ends first return early.
   */
  review(takers: readonly Endpoint[], nowMs: number): readonly Endpoint[] {
    const ejected = takers.filter((endpoint) => this.#isOut(endpoint, nowMs));
    const most = this.#mostOf(takers.length);
    if (ejected.length <= most) return ejected;
    ejected.sort((left, right) => right.ejectedUntilMs - left.ejectedUntilMs);
    for (const early of ejected.splice(most)) release(early, nowMs);
    return ejected;
  }

  /** Takes in how a call ended; true where somebody was ejected by it. */
  note(endpoint: Endpoint, failed: boolean, takers: readonly Endpoint[], nowMs: number): boolean {
    const rule = this.#rule;
    if (rule === undefined) return false;
    let changed = false;
    if (nowMs >= this.#intervalEndsMs) {
      changed = this.#endInterval(rule, takers, nowMs);
      this.#intervalEndsMs = nowMs + rule.intervalMs;
    }
    // Calls that began before the ejection still end: they were counted against it.
    if (endpoint.ejectedUntilMs > nowMs) return changed;
    endpoint.calls++;
    if (!failed) {
      endpoint.failuresInRow = 0;
      return changed;
    }
    endpoint.failures++;
    endpoint.failuresInRow++;
    const { consecutiveFailures } = rule;
    if (consecutiveFailures === undefined || endpoint.failuresInRow < consecutiveFailures) return changed;
    return this.#eject(rule, endpoint, takers, nowMs) || changed;
  }

  #endInterval(rule: OutlierRule, takers: readonly Endpoint[], nowMs: number): boolean {
    const { failurePercentThreshold } = rule;
    let changed = false;
    for (const taker of takers) {
      const { calls, failures } = taker;
      taker.calls = 0;
      taker.failures = 0;
      if (failurePercentThreshold === undefined || calls < LEAST_CALLS) continue;
      if (failures * 100 < failurePercentThreshold * calls) continue;
      changed = this.#eject(rule, taker, takers, nowMs) || changed;
    }
    return changed;
  }

  #eject(rule: OutlierRule, endpoint: Endpoint, takers: readonly Endpoint[], nowMs: number): boolean {
    if (endpoint.ejectedUntilMs > nowMs || !takers.includes(endpoint)) return false;
    const out = takers.filter((taker) => taker.ejectedUntilMs > nowMs).length;
    if (out + 1 > this.#mostOf(takers.length)) return false;
    const goodMs = Math.max(0, nowMs - endpoint.ejectedUntilMs);
    const forgotten = endpoint.ejections === 0 ? 0 : Math.floor(goodMs / rule.intervalMs);
    endpoint.ejections = Math.max(0, endpoint.ejections - forgotten) + 1;
    endpoint.ejectedUntilMs =
      nowMs + Math.min(rule.baseEjectionTimeMs * endpoint.ejections, LONGEST_EJECTION_MS);
    forget(endpoint);
    return true;
  }

  #isOut(endpoint: Endpoint, nowMs: number): boolean {
    if (endpoint.ejectedUntilMs <= nowMs) return false;
    if (this.#rule !== undefined) return true;
    release(endpoint, nowMs);
    return false;
  }

  #mostOf(takers: number): number {
    const percent = this.#rule?.maxEjectionPercent ?? 0;
    return Math.max(0, Math.min(Math.floor((takers * percent) / 100), takers - 1));
  }
}

function release(endpoint: Endpoint, nowMs: number): void {
  endpoint.ejectedUntilMs = nowMs;
  forget(endpoint);
}

function forget(endpoint: Endpoint): void {
  endpoint.failuresInRow = 0;
  endpoint.calls = 0;
  endpoint.failures = 0;
}

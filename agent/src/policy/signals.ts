import type { Breaker } from "../breaker/index.ts";
import type { Signal } from "../protocol/index.ts";
import type { CallRates } from "./call-stats.ts";
import type { ProcessLoad } from "./process-load.ts";

export interface SignalSources {
  /** The call of that name, or all. */
  readonly rates: (of: string | undefined) => Iterable<CallRates>;
  readonly breakers: (of: string | undefined) => Iterable<Breaker>;
  readonly load: ProcessLoad;
}

/** What a rule's signal is now: of the call or breaker named, else the worst of the instance; undefined where nothing can be said. */
export function readSignal(
  signal: Signal,
  of: string | undefined,
  { rates, breakers, load }: SignalSources,
): number | undefined {
  switch (signal) {
    case "failureRate":
      return (
        worst([...rates(of)].map(({ failureRate }) => failureRate)) ??
        worst([...breakers(of)].map((breaker) => breaker.stats.failureRate))
      );
    case "slowCallRate":
      return worst([...breakers(of)].map((breaker) => breaker.stats.slowCallRate));
    case "breakerOpen":
      return worst([...breakers(of)].map((breaker) => (breaker.state === "CLOSED" ? 0 : 100)));
    case "retryFailureRate":
      return worst([...rates(of)].map(({ retryFailureRate }) => retryFailureRate));
    case "limitReached":
      return worst([...rates(of)].map(({ limitReached }) => limitReached));
    case "cpuPercent":
      return load.cpuPercent();
    case "eventLoopDelayMs":
      return load.eventLoopDelayMs();
  }
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

import { DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import type { ResilienceKind, Spec } from "./kinds.ts";

/** What a new lever begins with: what agents do without one (breaker), else what is usual. */
export const SEEDS: Readonly<Record<ResilienceKind, Spec>> = {
  breaker: DEFAULT_BREAKER,
  retry: {
    maxAttempts: 3,
    backoff: "EXPONENTIAL",
    waitDurationMs: 200,
    multiplier: 2,
    maxWaitDurationMs: 5_000,
    jitter: "FULL",
    budgetPercent: 20,
  },
  timeout: { timeoutMs: 3_000 },
  limit: { type: "RATE", permitsPerSecond: 100, maxQueueDurationMs: 0 },
  traffic: { balancer: "ROUND_ROBIN" },
  degrade: {
    signal: "failureRate",
    above: 50,
    forMs: 1_000,
    recoverBelow: 10,
    recoverForMs: 5_000,
  },
  sampling: { rateBp: 1_000 },
};

/** What a field is set to where a form must offer something: the seed's value, or one that the other type needs. */
export const usualValue = (kind: ResilienceKind, key: string): unknown =>
  key === "maxConcurrentCalls" ? 100 : SEEDS[kind][key];

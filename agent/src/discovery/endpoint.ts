import type { ServiceInstance } from "./service-instance.ts";

/**
 * One instance with what this caller has learned of it. Plain fields, since choosing reads them in nanoseconds; only the
 * pool that made it writes them. It stays the same object for as long as the instance is the same process.
 */
export class Endpoint {
  instance: ServiceInstance;
  /** Its share beside the others' now: its weight, less where it has just started; in percent of a point. */
  share: number;
  /** Calls of this caller under way. */
  inFlight = 0;
  /** Peak-EWMA of latency, scaled by `PeakEwma`; 0 without history. */
  cost = 0;
  costAtMs = 0;
  /** The share of its processor in use, as it said last; below 0 where it never did. */
  cpu = -1;
  cpuAtMs = 0;
  failuresInRow = 0;
  /** Of the interval that runs. */
  calls = 0;
  failures = 0;
  /** Ejected until then; 0 where it is not. */
  ejectedUntilMs = 0;
  /** How often it was lately. */
  ejections = 0;
  /** When it began to take calls, on the caller's monotonic clock; may lie below 0. */
  readonly sinceMs: number;

  constructor(instance: ServiceInstance, sinceMs: number) {
    this.instance = instance;
    this.share = instance.weight * 100;
    this.sinceMs = sinceMs;
  }
}

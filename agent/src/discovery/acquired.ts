import type { ServiceInstance } from "./service-instance.ts";

/** What a callee says of its own load with an answer, as ORCA's text form carries it (`endpoint-load-metrics`). */
export interface Load {
  /** Share of the processor that it may use, 0 … 1; above 1 where it uses more than is its own. */
  readonly cpuUtilization?: number;
}

/** How a call ended. */
export interface CallEnd {
  /** The instance did not do its part: refused, broke off, answered 5xx, was too late. A 4xx is no failure of it. */
  readonly failed?: boolean;
  readonly load?: Load | undefined;
  /** False: how long it took says nothing of the instance, as with a stream. Default true. */
  readonly timed?: boolean;
}

/** An instance with a call under way at it. */
export interface Acquired {
  readonly instance: ServiceInstance;
  /** The call is over. To be said once, whatever became of it; more often changes nothing. Never throws. */
  done(end?: CallEnd): void;
}

export interface AcquireOptions {
  /** Instance ids that were tried already: they are not given again. */
  readonly except?: ReadonlySet<string>;
}

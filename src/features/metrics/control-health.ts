/** How the control plane itself does, as its own start page says it. */
export interface ControlHealth {
  readonly version: string;
  /** Whether the mirrors of the environment follow etcd, else why not. */
  readonly etcd: Part;
  /** Whether the history follows. */
  readonly history: Part & { readonly delayMs: number | null };
  /** The telemetry store; undefined where there is none (`LEVERFRAME_TELEMETRY=off`). */
  readonly telemetry: Part | undefined;
  /** Who answers metric queries, and how many instances of the environment are scraped by this process. */
  readonly metrics: {
    readonly from: "store" | "prometheus" | "none";
    readonly scraped: number;
    /** By instance, at most 20. */
    readonly faults: readonly { readonly service: string; readonly instance: string; readonly why: string }[];
  };
  /** Whether this process leads the environment: what happens by itself is its work then. */
  readonly leads: boolean;
}

export interface Part {
  readonly ok: boolean;
  readonly why?: string | undefined;
}

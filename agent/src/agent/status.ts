import type { LeaseState, MirrorStatus } from "../etcd/index.ts";
import type { UnsupportedLever } from "../live-state/index.ts";
import type { Held, Hold } from "../protocol/index.ts";

/** What the agent says of itself to its host; `/healthz` shows it. */
export interface AgentStatus {
  readonly service: string;
  readonly env: string;
  readonly instance: string;
  readonly incarnation: string;
  /** Where what is served comes from: etcd, the snapshot, or the code. */
  readonly source: "live" | "snapshot" | "default";
  readonly epoch: string | undefined;
  readonly ownRevision: number;
  readonly sharedRevision: number;
  /** Why nothing new is obeyed; undefined when it is. */
  readonly hold: Hold | undefined;
  readonly held: readonly Held[];
  readonly unsupported: readonly UnsupportedLever[];
  /** Whether a stream of levers has not been confirmed by etcd for 20 s. */
  readonly stale: boolean;
  /** Ms since etcd confirmed what the snapshot keeps; undefined without one. */
  readonly snapshotAgeMs: number | undefined;
  readonly leaseState: LeaseState;
  /** By `own`, `shared` and `registry/{service}`. */
  readonly mirrors: Readonly<Record<string, MirrorStatus>>;
  readonly receipts: { readonly sent: number; readonly failed: number };
  /** `host:port` of `/metrics` and `/healthz`. */
  readonly metricsAddress: string | undefined;
}

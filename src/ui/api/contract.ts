import type { Author, EditableMeta, Hold, Kind, Level, Rollout, SwitchSpec } from "@leverframe/agent/protocol";

/**
 * What the console consumes of the control plane, procedure by procedure. Times ending in `Ms` that name a moment
 * (`sinceMs`) are milliseconds since 1970 on the server's wall clock; all others are durations.
 */

/** Why what is shown may be old: the control plane's own mirror cannot prove that it follows etcd. */
export interface Stale {
  readonly sinceMs: number;
  readonly why: string;
}

/** `session.me` */
export interface SessionView {
  readonly signedIn: boolean;
  readonly author: Author;
  readonly environments: readonly { readonly name: string }[];
}

/** One change's targets, counted (DESIGN §4 *Receipts*). `targets` = applied + held + waiting + unproved. */
export interface ConvergenceSummary {
  readonly changeSetId: string;
  readonly revision: number;
  readonly targets: number;
  readonly applied: number;
  readonly held: number;
  readonly waiting: number;
  readonly unproved: number;
  readonly left: number;
  readonly joinedLater: number;
  readonly foreign: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly readBy: number;
  readonly decisions: number;
}

export type TargetState = "applied" | "held" | "waiting" | "unproved" | "left";

export interface TargetView {
  readonly service: string;
  readonly instance: string;
  readonly zone: string;
  readonly state: TargetState;
  readonly ms: number | null;
  readonly reason?: string | undefined;
}

/** `convergence.byChange` {env, changeSetId} */
export interface Convergence extends ConvergenceSummary {
  readonly targetsByName: readonly TargetView[];
}

/** What a board row shows of who reads a lever: declared by `declared` of `of` live instances. */
export interface ReadersSummary {
  readonly declared: number;
  readonly of: number;
  readonly decisions: number;
}

/** A row of `levers.board`. */
export interface LeverRow {
  readonly service: string;
  readonly kind: Kind;
  readonly name: string;
  readonly revision: number;
  readonly version: number;
  readonly spec: SwitchSpec;
  readonly rollout?: Rollout<SwitchSpec> | undefined;
  readonly meta: EditableMeta & { readonly changeSetId: string };
  readonly level: Level;
  readonly owner?: string | undefined;
  readonly updatedAt: string;
  readonly reason?: string | undefined;
  readonly author?: Author | undefined;
  readonly convergence: ConvergenceSummary;
  readonly readers: ReadersSummary;
}

/** `levers.board` {env} */
export interface Board {
  readonly revision: number;
  readonly epoch: string;
  readonly levers: readonly LeverRow[];
  readonly stale?: Stale | undefined;
}

/** `levers.get` {env, service, kind, name}: a row, and by name who reads it and whom it reaches. */
export interface LeverDetail extends LeverRow {
  readonly readers_: readonly { service: string; instance: string; decisions: number }[];
  readonly targets: readonly { service: string; instance: string; zone: string; state: InstanceState }[];
}

export type InstanceState = "live" | "suspect" | "unproved" | "foreign";

export interface HeldView {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
  readonly revision: number;
  readonly reason: string;
  readonly serving: "last-good" | "snapshot" | "default";
}

export interface InstanceRow {
  readonly instance: string;
  readonly address?: string | undefined;
  readonly version: string;
  readonly zone: string;
  readonly state: InstanceState;
  readonly lease: string;
  readonly ownRevision: number;
  readonly sharedRevision: number;
  readonly held: readonly HeldView[];
  readonly unsupported: readonly { service: string; kind: string; name: string; reason: string }[];
  readonly hold?: Hold | undefined;
  readonly reads: readonly { kind: string; name: string; decisions: number }[];
  readonly startedAt: string;
}

/** A row of `fleet.services` {env}. */
export interface ServiceRow {
  readonly service: string;
  readonly instances: readonly InstanceRow[];
}

/** One edit of `publish.commit` {env, id, reason, edits}. `baseRevision` 0 = must not exist yet. */
export interface EditInput {
  readonly service: string;
  readonly kind: Kind;
  readonly name: string;
  readonly op: "put" | "delete";
  readonly spec?: unknown;
  readonly rollout?: unknown;
  readonly meta?: EditableMeta;
  readonly baseRevision: number;
}

/** Answer of `publish.commit`, once the transaction is in etcd. */
export interface Published {
  readonly changeSetId: string;
  readonly revision: number;
  readonly targetCount: number;
}

/** `error.data.leverframe` of a refused publish. */
export interface PublishConflict {
  readonly ref: { readonly service: string; readonly kind: Kind; readonly name: string };
  readonly baseRevision: number;
  readonly base: unknown;
  readonly theirs: {
    readonly revision: number;
    readonly body: unknown;
    readonly author?: Author | undefined;
    readonly reason?: string | undefined;
  } | null;
  readonly yours: unknown;
}

/** `events.stream` {env, lastEventId?}, at most 4 a second of each kind. A payload left out means: ask again. */
export type LiveEvent =
  | {
      readonly type: "levers";
      readonly revision?: number;
      readonly levers?: readonly LeverRow[];
      readonly removed?: readonly { service: string; kind: string; name: string }[];
    }
  | { readonly type: "convergence"; readonly summaries?: readonly ConvergenceSummary[] }
  | { readonly type: "fleet" }
  | { readonly type: "status"; readonly stale?: Stale | undefined };

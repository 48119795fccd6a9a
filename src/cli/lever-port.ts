import type { ChangeSetRequest } from "../domain/change-set-request.ts";
import type { Convergence } from "../domain/convergence.ts";
import type { ServiceRow } from "../domain/fleet.ts";
import type { LeverFilter } from "../domain/levers.ts";
import type {
  Restored,
  RestorePlan,
  RestoreRequest,
  RestoreTarget,
} from "../features/back/restore-service.ts";
import type { RollbackRequest, UndoRequest } from "../features/back/undo-service.ts";
import type { Confirmed } from "../features/epoch/epoch-service.ts";
import type { Board } from "../features/levers/levers-router.ts";
import type { DryRun, Published } from "../features/publish/publish-service.ts";

/** A request without its author: whoever carries it out knows who asks. */
export type AnonymousRequest = Omit<ChangeSetRequest, "author">;

/** The ways back; with etcd alone as far as etcd remembers what stood. */
export interface BackPort {
  rollback(request: Omit<RollbackRequest, "author">): Promise<Published>;
  rollbackDry(request: Omit<RollbackRequest, "author">): Promise<DryRun>;
  undo(request: Omit<UndoRequest, "author">): Promise<Published>;
  undoDry(request: Omit<UndoRequest, "author">): Promise<DryRun>;
  planRestore(target: RestoreTarget, groupId: string): Promise<RestorePlan>;
  restore(request: Omit<RestoreRequest, "author">): Promise<Restored>;
}

/**
 * What the commands stand on: the console over HTTP, or etcd alone (`--direct`). Both throw `DomainError`s of the
 * same codes, and both do the same checks, journal and interlock.
 */
export interface LeverPort {
  /** `http://…` or `etcd …`: what an error names. */
  readonly place: string;
  readonly back: BackPort;
  board(env: string, filter: LeverFilter): Promise<Board>;
  publish(request: AnonymousRequest): Promise<Published>;
  dryRun(request: AnonymousRequest): Promise<DryRun>;
  /** Publishes it at that time. Throws INVALID without the console. */
  schedule(at: string, request: AnonymousRequest): Promise<DryRun>;
  convergence(env: string, changeSetId: string): Promise<Convergence>;
  services(env: string): Promise<readonly ServiceRow[]>;
  environments(): Promise<readonly string[]>;
  createEnvironment(env: string): Promise<"created" | "stood">;
  confirmEpoch(env: string, from: string | undefined): Promise<Confirmed>;
  createLoginLink(): Promise<string>;
  close(): Promise<void>;
}

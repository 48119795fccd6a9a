import type { PublishTerms } from "../../domain/change-set.ts";
import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import type { DryRun, Published, Publisher } from "../publish/publish-service.ts";
import { createPast, type PastOptions } from "./former-bodies.ts";
import { createRestoreService, type RestoreService } from "./restore-service.ts";
import { createUndoPlanner, type RollbackRequest, type UndoRequest } from "./undo-service.ts";

export interface BackOptions extends PastOptions {
  readonly publisher: Publisher;
  readonly now: () => Date;
}

/** Throws FORBIDDEN where whoever asks may not touch these services. */
export type Permit = (services: readonly string[]) => void;

/** The ways back. Each is an ordinary change set: compared, judged by the interlock, recorded. */
export interface BackService {
  rollback(request: RollbackRequest, terms?: PublishTerms): Promise<Published>;
  rollbackDry(request: RollbackRequest): Promise<DryRun>;
  undo(request: UndoRequest, permit: Permit, terms?: PublishTerms): Promise<Published>;
  undoDry(request: UndoRequest, permit: Permit): Promise<DryRun>;
  readonly restores: RestoreService;
}

export function createBackService(options: BackOptions): BackService {
  const { publisher } = options;
  const planner = createUndoPlanner({ ...options, past: createPast(options) });
  const undoing = async (request: UndoRequest, permit: Permit): Promise<ChangeSetRequest> => {
    const planned = await planner.undo(request);
    permit([...new Set(planned.edits.map((edit) => edit.service))]);
    return planned;
  };
  return {
    rollback: async (request, terms) => publisher.publish(await planner.rollback(request), terms),
    rollbackDry: async (request) => publisher.dryRun(await planner.rollback(request)),
    async undo(request, permit, terms) {
      const journal = { ...terms?.journal, undoes: request.changeSetId };
      return publisher.publish(await undoing(request, permit), { ...terms, journal });
    },
    undoDry: async (request, permit) => publisher.dryRun(await undoing(request, permit)),
    restores: createRestoreService(options),
  };
}

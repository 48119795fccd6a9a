import { formatRef, type ResourceRef } from "@leverframe/agent/protocol";
import type { Conflict } from "../../domain/change-set.ts";
import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import { DomainError } from "../../domain/errors.ts";
import { bodyOf } from "../../domain/stored-body.ts";
import type { PublishStore } from "./publish-store.ts";

/** One side of a three-way diff. */
export interface ConflictSide {
  readonly revision: number;
  readonly body: Record<string, unknown> | undefined;
}

/** What an author needs to see to decide: what was seen, what stands now, what was asked for. */
export interface ConflictReport {
  readonly ref: ResourceRef;
  readonly base: ConflictSide;
  readonly theirs: ConflictSide;
  readonly yours: { readonly body: Record<string, unknown> | undefined };
}

/** A conflict with all three sides, as far as etcd still has them. */
export async function withBodies(
  store: PublishStore,
  request: ChangeSetRequest,
  conflict: DomainError,
): Promise<DomainError> {
  const reports = await Promise.all(
    (conflict.details as readonly Conflict[]).map(async (one): Promise<ConflictReport> => {
      const edit = request.edits.find((candidate) => formatRef(candidate) === formatRef(one.ref));
      const [base, theirs] = await Promise.all([
        one.baseRevision === 0
          ? undefined
          : store.at(request.env, one.ref, one.baseRevision).catch(() => undefined),
        one.theirsRevision === 0
          ? undefined
          : store.at(request.env, one.ref, one.theirsRevision).catch(() => undefined),
      ]);
      return {
        ref: one.ref,
        base: { revision: one.baseRevision, body: bodyOf(base) },
        theirs: { revision: one.theirsRevision, body: bodyOf(theirs) },
        yours: {
          body:
            edit === undefined || edit.op === "delete"
              ? undefined
              : { spec: edit.spec, rollout: edit.rollout },
        },
      };
    }),
  );
  return new DomainError("CONFLICT", conflict.publicMessage, { details: reports });
}

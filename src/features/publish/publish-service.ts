import { isDeepStrictEqual } from "node:util";
import { formatRef, type Journal, liveKey } from "@leverframe/agent/protocol";
import {
  type Conflict,
  conflictError,
  type PlannedChangeSet,
  type PublishTerms,
  planChangeSet,
} from "../../domain/change-set.ts";
import { type ChangeSetRequest, type ValidRequest, validate } from "../../domain/change-set-request.ts";
import { describeDiff, type ResourceDiff } from "../../domain/diff.ts";
import { DomainError, isDomainError } from "../../domain/errors.ts";
import type { Finding } from "../../domain/interlock.ts";
import { withBodies } from "./conflict-report.ts";
import { interlockRefusal, sayFindings } from "./interlock-refusal.ts";
import type { CommitOutcome, Look, PublishStore } from "./publish-store.ts";

export type { ConflictReport, ConflictSide } from "./conflict-report.ts";

export interface Published {
  readonly changeSetId: string;
  /** The etcd revision at which it was committed. */
  readonly revision: number;
  readonly diffs: readonly ResourceDiff[];
  readonly sentences: readonly string[];
  readonly targetCount: Readonly<Record<string, number>>;
  /** An earlier attempt had gone through; this one wrote nothing. */
  readonly repeated: boolean;
}

export interface DryRun extends Omit<Published, "revision" | "repeated"> {
  /** What the interlock would refuse. */
  readonly refusals: readonly Finding[];
}

export interface PublishOptions {
  readonly store: PublishStore;
  /** Wall time for the journal. */
  readonly now: () => Date;
  /** Milliseconds on a monotonic clock. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Called right before each transaction is sent: the start of the propagation measurement. */
  readonly onSend?: (changeSetId: string) => void;
  /** How long an unknown outcome is pursued. */
  readonly resolveForMs?: number;
}

export interface Publisher {
  publish(request: ChangeSetRequest, terms?: PublishTerms): Promise<Published>;
  /** Plans and publishes nothing. What the interlock would refuse is told, not thrown. */
  dryRun(request: ChangeSetRequest, terms?: PublishTerms): Promise<DryRun>;
}

const DEFAULT_RESOLVE_MS = 15_000;
const GUARD_RETRIES = 20;
const RESOLVE_WAIT_MS = [50, 100, 200, 400, 800] as const;

/**
 * Commits change sets, each whole and once. A conflict is a `DomainError` CONFLICT with `ConflictReport[]`; a lost
 * answer is resolved by the id, and only if etcd stays silent for `resolveForMs` does UNKNOWN_OUTCOME reach the
 * caller, who may send the same request again at any time.
 */
export function createPublisher(options: PublishOptions): Publisher {
  const { store } = options;

  async function plan(request: ValidRequest, look: Look, terms?: PublishTerms): Promise<PlannedChangeSet> {
    const refs = request.edits.map(({ service, kind, name }) => ({ service, kind, name }));
    const view = await store.view(request.env, refs, look);
    let planned: PlannedChangeSet;
    try {
      planned = planChangeSet(request, view, options.now(), terms);
    } catch (error) {
      // A mirror may be behind what the author saw elsewhere: only a fresh read proves a conflict.
      if (
        look === "remembered" &&
        isDomainError(error) &&
        (error.code === "CONFLICT" || error.code === "NOT_FOUND")
      ) {
        return plan(request, "edited", terms);
      }
      throw error;
    }
    // Nor does a mirror prove a refusal: what it asks for may have been done a moment ago.
    return planned.findings.length > 0 && look !== "whole" ? plan(request, "whole", terms) : planned;
  }

  async function publish(request: ChangeSetRequest, terms?: PublishTerms): Promise<Published> {
    const checked = validate(request);
    for (let attempt = 0; attempt < GUARD_RETRIES; attempt += 1) {
      let planned: PlannedChangeSet;
      try {
        planned = await plan(checked, attempt > 0 ? "edited" : "remembered", terms);
      } catch (error) {
        if (!isDomainError(error) || error.code !== "CONFLICT") throw translate(error);
        return await earlierAttempt(checked, error);
      }
      refuseBroken(checked, planned);
      const result = await commitSurely(planned);
      if (result.outcome === "committed") return published(planned, result.revision, false);
      if (result.outcome === "already") return repeated(checked, result.journal, result.revision);
      if (result.outcome === "deposed") {
        throw new DomainError("UNAVAILABLE", "Another control plane leads now: it will do this.");
      }
      const gone = [...(terms?.expects ?? [])].find(([key, at]) => (result.standing.get(key) ?? 0) !== at);
      if (gone !== undefined) {
        throw new DomainError("CONFLICT", `${checked.id} was withdrawn or published meanwhile.`, {
          details: [],
        });
      }
      const conflicts = conflictsIn(checked, result.standing);
      if (conflicts.length > 0) throw await withBodies(store, checked, conflictError(conflicts));
      // What a verdict rests on changed: the mirror that it was read from may need a moment to follow.
      if (attempt > 0) await options.sleep(Math.min(attempt, 10));
    }
    throw new DomainError(
      "UNAVAILABLE",
      "Levers of every service (*), or those that this rests on, are being changed faster than it could be published. Try again.",
    );
  }

  /** Sends until the outcome is known: the journal's id makes each repetition harmless. */
  async function commitSurely(planned: PlannedChangeSet): Promise<CommitOutcome> {
    const until = options.monotonic() + (options.resolveForMs ?? DEFAULT_RESOLVE_MS);
    let sentUnknown = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        options.onSend?.(planned.id);
        return await store.commit(planned);
      } catch (error) {
        sentUnknown ||= store.outcomeUnknown(error);
        if (!sentUnknown) throw translate(error);
        const waitMs = RESOLVE_WAIT_MS[Math.min(attempt, RESOLVE_WAIT_MS.length - 1)] ?? 800;
        if (options.monotonic() + waitMs > until) {
          throw new DomainError(
            "UNKNOWN_OUTCOME",
            `etcd did not say whether ${planned.id} was committed. Nothing is lost: send the same change set with the same id again.`,
            { cause: error, details: { changeSetId: planned.id } },
          );
        }
        await options.sleep(waitMs);
      }
    }
  }

  /** A conflict may be with ourselves: a request that is sent again after its first answer was lost. */
  async function earlierAttempt(request: ValidRequest, conflict: DomainError): Promise<Published> {
    const found = await store.journal(request.env, request.id).catch((error: unknown) => {
      throw translate(error);
    });
    if (found !== undefined) return repeated(request, found.journal, found.revision);
    throw await withBodies(store, request, conflict);
  }

  const translate = (error: unknown): unknown =>
    !isDomainError(error) && store.unavailable(error)
      ? new DomainError(
          "UNAVAILABLE",
          "etcd can't be reached: nothing was changed. Levers stay as they are until it is back.",
          {
            cause: error,
          },
        )
      : error;

  return {
    publish,
    async dryRun(request, terms) {
      const planned = await plan(validate(request), "remembered", terms).catch(async (error: unknown) => {
        throw isDomainError(error) && error.code === "CONFLICT"
          ? await withBodies(store, request, error)
          : translate(error);
      });
      const { revision: _, repeated: __, ...rest } = published(planned, 0, false);
      return { ...rest, refusals: planned.findings };
    },
  };
}

/** Refuses what the interlock has something against and nobody may, or wants to, override. */
function refuseBroken(request: ValidRequest, planned: PlannedChangeSet): void {
  if (planned.findings.length === 0 || planned.journal.override !== undefined) return;
  if (request.override === undefined) throw interlockRefusal(planned.findings);
  throw new DomainError(
    "FORBIDDEN",
    `Only an admin may override the interlock. ${sayFindings(planned.findings)}`,
    { details: planned.findings },
  );
}

function published(planned: PlannedChangeSet, revision: number, repeatedBefore: boolean): Published {
  const diffs = planned.diffs();
  return {
    changeSetId: planned.id,
    revision,
    diffs,
    sentences: diffs.map(describeDiff),
    targetCount: planned.journal.targetCount,
    repeated: repeatedBefore,
  };
}

/** An id names one change set for ever: the same id with other edits is a mistake of the client. */
function repeated(request: ChangeSetRequest, journal: Journal, revision: number): Published {
  const same =
    journal.reason === request.reason &&
    journal.edits.length === request.edits.length &&
    journal.edits.every((edit, index) => {
      const asked = request.edits[index];
      if (asked === undefined || formatRef(asked) !== formatRef(edit) || asked.op !== edit.op) return false;
      if (asked.baseRevision !== edit.oldRevision) return false;
      return edit.op === "delete" || isDeepStrictEqual((edit.body as { spec?: unknown }).spec, asked.spec);
    });
  if (!same) {
    throw new DomainError(
      "REUSED_ID",
      `${request.id} was used for another change set, at r${revision}. Make a new id.`,
    );
  }
  return {
    changeSetId: journal.id,
    revision,
    diffs: [],
    sentences: [],
    targetCount: journal.targetCount,
    repeated: true,
  };
}

function conflictsIn(request: ChangeSetRequest, standing: ReadonlyMap<string, number>): Conflict[] {
  return request.edits.flatMap((edit) => {
    const theirsRevision = standing.get(liveKey(request.env, edit)) ?? 0;
    if (theirsRevision === edit.baseRevision) return [];
    const { service, kind, name } = edit;
    return [{ ref: { service, kind, name }, baseRevision: edit.baseRevision, theirsRevision }];
  });
}

import { formatRef, type ResourceRef } from "@leverframe/agent/protocol";
import type { ChangeSetRequest, EditRequest } from "../../domain/change-set-request.ts";
import { DomainError, isDomainError } from "../../domain/errors.ts";
import { bodyOf, isRecord } from "../../domain/stored-body.ts";
import { editTo, leftAt, type Standing, sameStanding, standingOf } from "../../domain/undo.ts";
import type { BackStore } from "./back-store.ts";
import type { Body, PastHistory, PastReader } from "./former-bodies.ts";

/** What whoever goes back says of it. */
export type BackTerms = Pick<ChangeSetRequest, "env" | "id" | "author" | "reason" | "override">;

/** Which version of a lever: `v17`, or the one in force at a revision. */
export type VersionChoice = { readonly version: number } | { readonly revision: number };

export interface RollbackRequest extends BackTerms {
  readonly ref: ResourceRef;
  readonly to: VersionChoice;
  /** The mod_revision that the author saw, 0 for "there is none". */
  readonly baseRevision: number;
}

export interface UndoRequest extends BackTerms {
  /** The change set to take back. */
  readonly changeSetId: string;
}

export interface UndoOptions {
  readonly store: BackStore;
  readonly history: PastHistory;
  readonly past: PastReader;
  readonly now: () => Date;
}

const NEAR_STEPS = 20;
const MOST_STEPS = 1_000;
const VERSIONS_PER_PAGE = 200;

/** Turns the wish to go back into an ordinary change set: what compares, judges and records it is the publisher. */
export function createUndoPlanner({ store, history, past, now }: UndoOptions) {
  /**
   * Every edit of a change set back to what stood before it. It compares with what that change set left: whoever
   * changed a lever since keeps it, and a CONFLICT shows all three sides.
   */
  async function undo(request: UndoRequest): Promise<ChangeSetRequest> {
    const { changeSetId, ...terms } = request;
    const { journal, revision } = await past.changeSet(request.env, changeSetId);
    const edits = await Promise.all(
      journal.edits.map(async (edit): Promise<EditRequest | undefined> => {
        const before = standingOf(edit, await past.before(request.env, edit), now());
        const left = standingOf(edit, isRecord(edit.body) ? edit.body : undefined, now());
        if (sameStanding(left, before)) return undefined;
        return editTo(edit, before, leftAt(edit, revision));
      }),
    );
    const wanted = edits.filter((edit) => edit !== undefined);
    if (wanted.length === 0) {
      throw new DomainError(
        "INVALID",
        `${changeSetId} left nothing that could be taken back: it all stood so before.`,
      );
    }
    return { ...terms, edits: wanted };
  }

  /** The spec of a former version again. An active rollout ends; the lever's description, owner and links stay. */
  async function rollback(request: RollbackRequest): Promise<ChangeSetRequest> {
    const { ref, to, baseRevision, ...terms } = request;
    const { env } = request;
    const body =
      "revision" in to
        ? await past.bodyAt(env, ref, to.revision)
        : await versionOf(env, ref, to.version, baseRevision);
    const former = standingOf(ref, body, now());
    const seen =
      baseRevision === 0 ? undefined : standingOf(ref, await seenBody(env, ref, baseRevision), now());
    const wanted: Standing | undefined = former && {
      spec: former.spec,
      meta: seen?.meta ?? former.meta,
      ...(former.expiry === undefined ? {} : { expiry: former.expiry }),
    };
    const edit = editTo(ref, wanted, baseRevision);
    if (edit === undefined || (seen !== undefined && sameStanding(seen, wanted))) {
      throw new DomainError("INVALID", `${formatRef(ref)} stands so already: there is nothing to roll back.`);
    }
    return { ...terms, edits: [edit] };
  }

  /** What the author saw; a lever that can't be read has no meta worth keeping. */
  async function seenBody(env: string, ref: ResourceRef, revision: number): Promise<Body | undefined> {
    const found = await store.at(env, ref, revision);
    const body = found.known ? bodyOf(found.entry) : undefined;
    try {
      standingOf(ref, body, now());
      return body;
    } catch {
      return undefined;
    }
  }

  /** Newest first from etcd, a few steps; then the history; and etcd as far as it goes where that is away. */
  async function versionOf(env: string, ref: ResourceRef, version: number, from: number): Promise<Body> {
    const walk = walkBack(env, ref, from);
    const near = await find(walk, version, NEAR_STEPS);
    if (near !== undefined) return near;
    try {
      const found = await recorded(env, ref, version);
      if (found !== undefined) return found;
    } catch (error) {
      if (!isDomainError(error) || error.code !== "UNAVAILABLE") throw error;
      const far = await find(walk, version, MOST_STEPS);
      if (far !== undefined) return far;
      throw error;
    }
    throw new DomainError("NOT_FOUND", `There is no v${version} of ${formatRef(ref)}, or not any more.`);
  }

  async function recorded(env: string, ref: ResourceRef, version: number): Promise<Body | undefined> {
    let cursor: string | undefined;
    do {
      const page = await history.versions(env, ref, { limit: VERSIONS_PER_PAGE, cursor });
      const found = page.rows.find((row) => row.op === "put" && row.version === version);
      if (found !== undefined) return found.body;
      cursor = page.next;
    } while (cursor !== undefined);
    return undefined;
  }

  /** Bodies of a lever from a revision backwards, by the journals that say what each replaced; ends where etcd's past does. */
  async function* walkBack(env: string, ref: ResourceRef, from: number): AsyncGenerator<Body> {
    let revision = from;
    while (revision > 0) {
      const found = await store.at(env, ref, revision);
      const body = found.known ? bodyOf(found.entry) : undefined;
      if (body === undefined) return;
      yield body;
      const meta = body["meta"];
      const id = isRecord(meta) ? meta["changeSetId"] : undefined;
      if (typeof id !== "string") return;
      const made = await past.changeSet(env, id).catch(() => undefined);
      const edit = made?.journal.edits.find((one) => formatRef(one) === formatRef(ref));
      if (edit === undefined) return;
      revision = edit.oldRevision;
    }
  }

  return { undo, rollback };
}

async function find(walk: AsyncGenerator<Body>, version: number, steps: number): Promise<Body | undefined> {
  for (let step = 0; step < steps; step += 1) {
    const next = await walk.next();
    if (next.done === true) return undefined;
    const { meta } = next.value as { readonly meta?: { readonly version?: unknown } };
    if (meta?.version === version) return next.value;
  }
  return undefined;
}

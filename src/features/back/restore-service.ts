import { isDeepStrictEqual } from "node:util";
import { formatRef, liveKey, parseKey, type ResourceRef } from "@leverframe/agent/protocol";
import type { PublishTerms } from "../../domain/change-set.ts";
import type { ChangeSetRequest, EditRequest } from "../../domain/change-set-request.ts";
import type { ResourceDiff } from "../../domain/diff.ts";
import { DomainError, isDomainError } from "../../domain/errors.ts";
import type { Finding } from "../../domain/interlock.ts";
import { bodyOf, isRecord } from "../../domain/stored-body.ts";
import { editTo, partId, partsOf, type Standing, sameStanding, standingOf } from "../../domain/undo.ts";
import type { Moment, ResourceVersion } from "../history/history-reader.ts";
import type { Published, Publisher } from "../publish/publish-service.ts";
import type { BackStore, LiveState } from "./back-store.ts";
import type { Body, PastHistory } from "./former-bodies.ts";

/** What is to be restored: a service, `*`, or, left out, the whole environment. */
export interface RestoreTarget {
  readonly env: string;
  readonly service?: string | undefined;
  readonly moment: Moment;
}

/** A lever that a plan would change, and the revision that it saw; 0 where there was none. */
export interface Seen extends ResourceRef {
  readonly baseRevision: number;
}

export interface RestorePlan {
  /** The revision at which the present was read. */
  readonly revision: number;
  readonly diffs: readonly ResourceDiff[];
  readonly sentences: readonly string[];
  /** What the interlock would refuse, each change set judged by what stands now. */
  readonly refusals: readonly Finding[];
  /** Levers of which nobody knows any more whether they stood then: they are left as they are. */
  readonly unknown: readonly ResourceRef[];
  /** How many change sets it takes. */
  readonly changeSets: number;
  /** Give it back to `restore`: what changed since is a conflict, never overwritten. */
  readonly seen: readonly Seen[];
}

export interface RestoreRequest
  extends RestoreTarget,
    Pick<ChangeSetRequest, "author" | "reason" | "override"> {
  /** Made by the client; the same group, sent again with the same `seen`, goes on where it was interrupted. */
  readonly groupId: string;
  readonly seen: readonly Seen[];
}

export interface Restored {
  readonly groupId: string;
  readonly changeSets: readonly Published[];
  /** Change sets that wait for a second person, where the environment asks for one. */
  readonly proposed: readonly string[];
}

const VERSIONS_PER_PAGE = 200;

export interface RestoreOptions {
  readonly store: BackStore;
  readonly history: PastHistory;
  readonly publisher: Publisher;
  readonly now: () => Date;
}

/** Brings levers back to how they stood at a moment: specs, rollouts and what their authors said of them. */
export function createRestoreService({ store, history, publisher, now }: RestoreOptions) {
  async function plan(
    target: RestoreTarget,
    by: Pick<ChangeSetRequest, "author" | "override"> & { readonly groupId: string },
  ): Promise<RestorePlan> {
    const present = await store.current(target.env, target.service);
    const past = await stateAt(target);
    const wanted = editsBetween(target.env, present, past.bodies, now());
    const unknown = past.whole ? [] : await unknownOf(target, wanted);
    const left = new Set(unknown.map(formatRef));
    const parts = partsOf(wanted.filter((edit) => !left.has(formatRef(edit))));
    const dry = await Promise.all(
      parts.map((part) => publisher.dryRun(requestOf({ ...by, reason: "plan", env: target.env }, part))),
    );
    return {
      revision: present.revision,
      diffs: dry.flatMap((one) => one.diffs),
      sentences: dry.flatMap((one) => one.sentences),
      refusals: dry.flatMap((one) => one.refusals),
      unknown,
      changeSets: parts.length,
      seen: parts
        .flat()
        .map(({ service, kind, name, baseRevision }) => ({ service, kind, name, baseRevision })),
    };
  }

  /**
   * Publishes what a plan showed, part by part. Each part is whole or not there at all; the first that is refused ends
   * it, with a message that says what is done. Sent again it writes only what is missing.
   */
  async function restore(request: RestoreRequest, terms?: PublishTerms): Promise<Restored> {
    const { bodies } = await stateAt(request);
    const edits = request.seen.flatMap((seen) => {
      const edit = editTo(
        seen,
        standingOf(seen, bodies.get(liveKey(request.env, seen)), now()),
        seen.baseRevision,
      );
      return edit === undefined ? [] : [edit];
    });
    const outside = edits.find((edit) => request.service !== undefined && edit.service !== request.service);
    if (outside !== undefined) {
      throw new DomainError("INVALID", `${formatRef(outside)} is not of ${request.service}: plan again.`);
    }
    const queue = partsOf(edits);
    const done: Published[] = [];
    const proposed: string[] = [];
    while (queue.length > 0) {
      const part = queue.shift() ?? [];
      const asked = requestOf(request, part);
      try {
        done.push(await publisher.publish(asked, terms));
      } catch (error) {
        if (!isDomainError(error)) throw error;
        if (error.code === "PROPOSED") {
          proposed.push(asked.id);
          continue;
        }
        if (error.code === "TOO_LARGE" && part.length > 1) {
          const half = Math.ceil(part.length / 2);
          queue.unshift(part.slice(0, half), part.slice(half));
          continue;
        }
        throw stopped(error, request.groupId, done.length, queue.length + 1);
      }
    }
    return { groupId: request.groupId, changeSets: done, proposed };
  }

  /** Bodies at a moment by key: from etcd while it has that revision, whole; else as far as the history goes back. */
  async function stateAt({
    env,
    service,
    moment,
  }: RestoreTarget): Promise<{ readonly bodies: ReadonlyMap<string, Body>; readonly whole: boolean }> {
    if ("revision" in moment) {
      const known = await store.asOf(env, service, moment.revision);
      if (known !== undefined) return { bodies: bodiesOf(known), whole: true };
      const { revision } = await history.position(env);
      if (revision < moment.revision) throw behind(revision);
    } else {
      if (Date.parse(moment.at) > now().getTime()) {
        throw new DomainError("INVALID", "at is a time to come: levers can be restored to what was.");
      }
      await refuseBehind(env, moment.at);
    }
    const versions = await history.stateAt(env, moment, service);
    const bodies = new Map<string, Body>();
    for (const one of versions) if (one.body !== undefined) bodies.set(liveKey(env, one), one.body);
    return { bodies, whole: false };
  }

  /**
   * What a history does not name at a moment was either made later or is forgotten: only what it saw being made may be
   * deleted.
   */
  async function unknownOf({ env }: RestoreTarget, edits: readonly EditRequest[]): Promise<ResourceRef[]> {
    const unknown: ResourceRef[] = [];
    for (const { op, service, kind, name } of edits) {
      const ref = { service, kind, name };
      if (op === "delete" && !(await sawMade(env, ref))) unknown.push(ref);
    }
    return unknown;
  }

  async function sawMade(env: string, ref: ResourceRef): Promise<boolean> {
    let cursor: string | undefined;
    let oldest: ResourceVersion | undefined;
    do {
      const page = await history.versions(env, ref, { limit: VERSIONS_PER_PAGE, cursor });
      oldest = page.rows.at(-1) ?? oldest;
      cursor = page.next;
    } while (cursor !== undefined);
    return oldest?.op === "put" && oldest.version === 1;
  }

  /** A history that has not come to a moment can't tell what stood then. */
  async function refuseBehind(env: string, at: string): Promise<void> {
    const [present, { revision }] = await Promise.all([store.current(env, undefined), history.position(env)]);
    for (const entry of present.live.values()) {
      if (entry.modRevision <= revision) continue;
      const meta = bodyOf(entry)?.["meta"];
      const updatedAt = isRecord(meta) ? meta["updatedAt"] : undefined;
      if (typeof updatedAt === "string" && Date.parse(updatedAt) <= Date.parse(at)) throw behind(revision);
    }
  }

  return { plan, restore };
}

export type RestoreService = ReturnType<typeof createRestoreService>;

const behind = (revision: number): DomainError =>
  new DomainError(
    "UNAVAILABLE",
    `The history has come to r${revision} only, which is before that moment: try again once it has caught up.`,
  );

function stopped(error: DomainError, groupId: string, done: number, left: number): DomainError {
  return new DomainError(
    error.code,
    `${error.publicMessage} The restore stopped there: ${done} of ${done + left} change sets of group ${groupId} are ` +
      "committed, nothing of the others is. Plan again to see what is left.",
    { details: error.details, cause: error },
  );
}

const requestOf = (
  by: Pick<ChangeSetRequest, "env" | "author" | "reason" | "override"> & { readonly groupId: string },
  edits: readonly EditRequest[],
): ChangeSetRequest => ({
  env: by.env,
  id: partId(by.groupId, edits),
  groupId: by.groupId,
  author: by.author,
  reason: by.reason,
  ...(by.override === undefined ? {} : { override: by.override }),
  edits: [...edits],
});

function bodiesOf({ live }: LiveState): ReadonlyMap<string, Body> {
  const bodies = new Map<string, Body>();
  for (const entry of live.values()) {
    const body = parseKey(entry.key).at === "live" ? bodyOf(entry) : undefined;
    if (body !== undefined) bodies.set(entry.key, body);
  }
  return bodies;
}

/** The edits from what stands to what stood; levers that differ in nothing that an author made are left alone. Pure. */
export function editsBetween(
  env: string,
  present: LiveState,
  past: ReadonlyMap<string, Body>,
  now: Date,
): EditRequest[] {
  const keys = new Set([...present.live.keys(), ...past.keys()]);
  return [...keys].flatMap((key) => {
    const place = parseKey(key);
    if (place.at !== "live" || place.env !== env) return [];
    const entry = present.live.get(key);
    if (entry !== undefined && isDeepStrictEqual(bodyOf(entry), past.get(key))) return [];
    const wanted = standingOf(place, past.get(key), now);
    if (entry !== undefined && sameStanding(readable(place, bodyOf(entry), now), wanted)) return [];
    const edit = editTo(place, wanted, entry?.modRevision ?? 0);
    return edit === undefined ? [] : [edit];
  });
}

/** What stands now may be broken: then it differs from whatever stood. */
function readable(
  ref: ResourceRef,
  body: Body | undefined,
  now: Date,
): Standing | { readonly broken: true } | undefined {
  try {
    return standingOf(ref, body, now);
  } catch {
    return { broken: true };
  }
}

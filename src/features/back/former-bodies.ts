import { formatRef, type Journal, type JournalEdit, type ResourceRef } from "@leverframe/agent/protocol";
import { digestOf } from "../../domain/change-set.ts";
import { DomainError } from "../../domain/errors.ts";
import { bodyOf, isRecord } from "../../domain/stored-body.ts";
import type { HistoryReader } from "../history/history-reader.ts";
import type { BackStore } from "./back-store.ts";

export type Body = Readonly<Record<string, unknown>>;

/** The part of the history that going back asks. */
export type PastHistory = Pick<
  HistoryReader,
  "changeSet" | "versions" | "versionAt" | "stateAt" | "position"
>;

export interface PastOptions {
  readonly store: BackStore;
  readonly history: PastHistory;
  readonly journal: (
    env: string,
    id: string,
  ) => Promise<{ readonly journal: Journal; readonly revision: number } | undefined>;
}

/** Where former bodies come from: etcd while it has them, so that SQL need not be there; the history after that. */
export function createPast({ store, history, journal }: PastOptions) {
  /** A change set by its id. Throws NOT_FOUND, or UNAVAILABLE where only the absent history could tell. */
  async function changeSet(
    env: string,
    id: string,
  ): Promise<{ readonly journal: Journal; readonly revision: number }> {
    const found = (await journal(env, id)) ?? (await ofThisEpoch(env, await history.changeSet(env, id)));
    if (found === undefined) {
      throw new DomainError("NOT_FOUND", `There is no change set ${id} in ${env}, or not any more.`);
    }
    return found;
  }

  /** Revisions of an earlier life of etcd mean nothing in this one. */
  async function ofThisEpoch<Found extends { readonly epoch: string }>(
    env: string,
    found: Found | undefined,
  ): Promise<Found | undefined> {
    if (found === undefined) return undefined;
    const { epoch } = await history.position(env);
    if (found.epoch === epoch) return found;
    throw new DomainError(
      "INVALID",
      `This was committed in an earlier life of ${env} (${found.epoch}): roll levers back one by one, or restore to a time.`,
    );
  }

  /** A lever's body at a revision; undefined where there was none. */
  async function bodyAt(env: string, ref: ResourceRef, revision: number): Promise<Body | undefined> {
    const past = await store.at(env, ref, revision);
    if (past.known) return bodyOf(past.entry);
    const version = await history.versionAt(env, ref, { revision });
    if (version === undefined) throw gone(ref, revision);
    return version.op === "delete" ? undefined : version.body;
  }

  /** What stood before an edit; undefined where nothing did. */
  async function before(env: string, edit: JournalEdit): Promise<Body | undefined> {
    if (edit.oldRevision === 0) return undefined;
    if (edit.oldBody !== undefined) return bodyOfText(edit.oldBody);
    const past = await store.at(env, edit, edit.oldRevision);
    // The digest tells another life's revision from ours.
    if (past.known && past.entry !== undefined && digestOf(past.entry.value.toString()) === edit.oldDigest) {
      return bodyOf(past.entry);
    }
    const version = await history.versionAt(env, edit, { revision: edit.oldRevision });
    if (version?.body === undefined) throw gone(edit, edit.oldRevision);
    return version.body;
  }

  return { changeSet, bodyAt, before };
}

export type PastReader = ReturnType<typeof createPast>;

const gone = (ref: ResourceRef, revision: number): DomainError =>
  new DomainError(
    "NOT_FOUND",
    `${formatRef(ref)} as it stood at r${revision} is kept nowhere any more: neither etcd nor the history has it.`,
  );

function bodyOfText(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : { spec: body };
  } catch {
    return { spec: text };
  }
}

const away = (): Promise<never> =>
  Promise.reject(
    new DomainError(
      "UNAVAILABLE",
      "etcd no longer has this, and there is no history at hand to ask: it is asked through the console, without --direct.",
    ),
  );

/** For programs that have etcd alone. */
export const noHistory: PastHistory = {
  changeSet: away,
  versions: away,
  versionAt: away,
  stateAt: away,
  position: away,
};

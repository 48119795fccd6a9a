import type { Etcd } from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  headKey,
  type Journal,
  type JournalEdit,
  journalKey,
  leaderKey,
} from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { headBody } from "./bodies.ts";

export interface CommittedJournal {
  readonly id: string;
  readonly revision: number;
  readonly journal: Journal;
}

/** `order/switch/pay` at a version; `null` deletes it. */
export function journalEdit(name: string, version: number | null, value = "x"): JournalEdit {
  const [service = "", kind = "", rest = ""] = name.split("/");
  const ref = { service, kind: kind as JournalEdit["kind"], name: rest };
  return version === null
    ? { ...ref, op: "delete", oldRevision: 1 }
    : { ...ref, op: "put", oldRevision: 0, body: { spec: { value }, meta: { version } } };
}

export function journalOf(edits: readonly JournalEdit[], given: Partial<Journal> = {}): Journal {
  return {
    schema: 1,
    id: ulid(),
    author: { kind: "person", id: "ada" },
    reason: "why",
    at: new Date().toISOString(),
    edits: [...edits],
    targetCount: {},
    ...given,
  };
}

/** Writes a journal as a publish does. */
export async function commitJournal(etcd: Etcd, env: string, journal: Journal): Promise<CommittedJournal> {
  const { revision } = await etcd.put(journalKey(env, journal.id), JSON.stringify(journal));
  return { id: journal.id, revision, journal };
}

/** Makes the environment, or gives it another epoch. */
export async function setEpoch(etcd: Etcd, env: string, epoch: string): Promise<void> {
  await etcd.put(headKey(env, EVERY_SERVICE), headBody({ epoch, keyCount: 0 }));
}

/** Makes somebody the leader; gives the fence of that. */
export async function makeLeader(etcd: Etcd): Promise<number> {
  const { revision } = await etcd.txn({
    compare: [],
    success: [{ delete: leaderKey }],
  });
  const put = await etcd.put(leaderKey, `{"since":${revision}}`);
  return put.revision;
}

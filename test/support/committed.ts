import type { Etcd } from "@leverframe/agent/etcd";
import { type Journal, journalRoot, journalSchema } from "@leverframe/agent/protocol";
import { remoteClient } from "../../src/cli/remote-client.ts";
import type { HistoryEntry } from "../../src/features/history/history-reader.ts";
import type { ControlPlaneProcess } from "./control-plane-process.ts";

/** A change set as etcd holds it. */
export interface Committed {
  readonly revision: number;
  readonly journal: Journal;
}

/** All journals of an environment, in the order of their commits. */
export async function committedIn(etcd: Etcd, env: string): Promise<Committed[]> {
  const { kvs } = await etcd.range({ prefix: journalRoot(env), deadlineMs: 20_000 });
  return kvs
    .map((entry) => ({
      revision: entry.modRevision,
      journal: journalSchema.parse(JSON.parse(entry.value.toString())),
    }))
    .sort((a, b) => a.revision - b.revision);
}

/** The history whole, oldest first, as a control plane gives it. */
export async function historyOf(control: ControlPlaneProcess, env: string): Promise<HistoryEntry[]> {
  const { api, call } = remoteClient(control.url, await control.token());
  const rows: HistoryEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await call(() =>
      api.history.changeSets.query({ env, limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
    );
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows.toReversed();
}

/** Id and revision of each: what must be the same in etcd and SQL. */
export const placesOf = (rows: readonly Committed[] | readonly HistoryEntry[]): string[] =>
  rows.map(({ journal, revision }) => `${journal.id} ${revision}`);

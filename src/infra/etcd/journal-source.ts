import {
  type Etcd,
  EtcdError,
  type KeyValue,
  Mirror,
  type MirrorBatch,
  type RangeResult,
} from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  headKey,
  journalKey,
  journalRoot,
  leaderKey,
  liveRoot,
  parseKey,
} from "@leverframe/agent/protocol";
import { readHead } from "../../domain/environment-state.ts";
import type {
  JournalKey,
  JournalNews,
  JournalReading,
  JournalSource,
} from "../../features/history/journal-source.ts";
import type { Log } from "../log.ts";

const PAGE = 512;

/** Journals of every environment, each in its own etcd. */
export function createJournalSource(etcdOf: (env: string) => Etcd, log: Log): JournalSource {
  return {
    follow(env, listener) {
      const root = journalRoot(env);
      const mirror = new Mirror({
        etcd: etcdOf(env),
        prefix: root,
        name: `${env}/journal`,
        check: { kind: "newest" },
        keysOnly: true,
        onBatch(batch) {
          if (batch.kind === "revision") listener.onNews(newsOf(batch, root));
          else listener.onBreak(batch.newEpoch !== undefined);
        },
        onError: (error) => log.error({ err: error, env }, "a follower of the journal failed"),
      });
      mirror.start();
      return { close: () => mirror.close() };
    },
    async list(env) {
      const root = journalRoot(env);
      const etcd = etcdOf(env);
      const keys: JournalKey[] = [];
      let revision: number | undefined;
      for await (const { entry, at } of pages(etcd, root, true)) {
        revision ??= at;
        if (entry !== undefined) keys.push({ id: entry.key.slice(root.length), revision: entry.modRevision });
      }
      const at = revision ?? 0;
      const head = await etcd.range({ key: headKey(env, EVERY_SERVICE), revision: at });
      return {
        epoch: epochIn(head.kvs[0]),
        revision: at,
        keys: keys.sort((a, b) => a.revision - b.revision),
      };
    },
    read: (env, ids) => read(etcdOf(env), env, ids),
    async standing(env) {
      const found: JournalKey[] = [];
      for await (const { entry } of pages(etcdOf(env), liveRoot(env), false)) {
        if (entry === undefined || parseKey(entry.key).at !== "head") continue;
        const head = readHead(entry);
        if (head.ok && head.value.changeSetId !== undefined)
          found.push({ id: head.value.changeSetId, revision: entry.modRevision });
      }
      return found;
    },
    async remove(env, keys, fence) {
      const { succeeded, ranges } = await etcdOf(env).txn({
        compare: [
          { key: leaderKey, target: "create", equals: fence },
          ...keys.map(({ id, revision }) => ({
            key: journalKey(env, id),
            target: "mod" as const,
            equals: revision,
          })),
        ],
        success: keys.map(({ id }) => ({ delete: journalKey(env, id) })),
        failure: [{ range: { key: leaderKey, keysOnly: true } }],
      });
      return succeeded || ranges[0]?.kvs[0]?.createRevision === fence;
    },
  };
}

/** One transaction, so that the epoch is that of the bodies; halved where they are more than one answer holds. */
async function read(etcd: Etcd, env: string, ids: readonly string[]): Promise<JournalReading> {
  try {
    const { revision, ranges } = await etcd.txn({
      compare: [],
      success: [
        { range: { key: headKey(env, EVERY_SERVICE) } },
        { range: { key: leaderKey, keysOnly: true } },
        ...ids.map((id) => ({ range: { key: journalKey(env, id) } })),
      ],
    });
    const [head, leader, ...found] = ranges;
    return {
      epoch: epochIn(head?.kvs[0]),
      revision,
      leader: leader?.kvs[0]?.createRevision ?? 0,
      asked: ids.length,
      bodies: new Map(
        found.flatMap(({ kvs: [entry] }, index) =>
          entry === undefined ? [] : [[ids[index] ?? "", entry.value] as const],
        ),
      ),
    };
  } catch (error) {
    if (!(error instanceof EtcdError && error.code === "TOO_LARGE") || ids.length < 2) throw error;
    return read(etcd, env, ids.slice(0, Math.ceil(ids.length / 2)));
  }
}

const epochIn = (entry: KeyValue | undefined): string | undefined => {
  const head = entry && readHead(entry);
  return head?.ok === true ? head.value.epoch : undefined;
};

const newsOf = (batch: MirrorBatch, root: string): readonly JournalNews[] =>
  batch.changes.flatMap((change) =>
    change.type === "put"
      ? [
          {
            id: change.entry.key.slice(root.length),
            revision: change.entry.modRevision,
            body: change.entry.value,
          },
        ]
      : [],
  );

/** A whole prefix at one revision. Its first item tells the revision, also where there is nothing. */
async function* pages(
  etcd: Etcd,
  prefix: string,
  keysOnly: boolean,
): AsyncGenerator<{ readonly entry: KeyValue | undefined; readonly at: number }> {
  let from = prefix;
  let at: number | undefined;
  let limit = PAGE;
  for (;;) {
    let page: RangeResult;
    try {
      page = await etcd.range({
        prefix,
        from,
        limit,
        keysOnly,
        ...(at === undefined ? {} : { revision: at }),
      });
    } catch (error) {
      if (!(error instanceof EtcdError && error.code === "TOO_LARGE") || limit < 2) throw error;
      limit = Math.ceil(limit / 2);
      continue;
    }
    at ??= page.revision;
    if (page.kvs.length === 0) yield { entry: undefined, at };
    for (const entry of page.kvs) yield { entry, at };
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return;
    from = `${last.key}\0`;
  }
}

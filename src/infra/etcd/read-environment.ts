import type { Etcd, KeyValue } from "@leverframe/agent/etcd";
import { foreignRoot, liveRoot, receiptsRoot, registryRoot } from "@leverframe/agent/protocol";
import type { EnvironmentState } from "../../domain/environment-state.ts";

const PAGE = 512;

/** An environment as it was read, with whole keys. */
export type ReadState = EnvironmentState & {
  readonly live: ReadonlyMap<string, KeyValue>;
  readonly registry: ReadonlyMap<string, KeyValue>;
  readonly receipts: ReadonlyMap<string, KeyValue>;
};

/** Reads an environment once, every room at the same revision. For a program that looks and goes. */
export async function readEnvironmentState(etcd: Etcd, env: string): Promise<ReadState> {
  const first = await readAll(etcd, liveRoot(env), undefined);
  const [registry, receipts, foreign] = await Promise.all(
    [registryRoot(env), receiptsRoot(env), foreignRoot].map((prefix) =>
      readAll(etcd, prefix, first.revision),
    ),
  );
  const none: ReadonlyMap<string, KeyValue> = new Map();
  return {
    env,
    revision: first.revision,
    live: first.entries,
    registry: registry?.entries ?? none,
    receipts: receipts?.entries ?? none,
    foreign: foreign?.entries ?? none,
  };
}

async function readAll(
  etcd: Etcd,
  prefix: string,
  at: number | undefined,
): Promise<{ revision: number; entries: Map<string, KeyValue> }> {
  const entries = new Map<string, KeyValue>();
  let revision = at;
  let from: string | undefined;
  for (;;) {
    const page = await etcd.range({
      prefix,
      limit: PAGE,
      ...(from === undefined ? {} : { from }),
      ...(revision === undefined ? {} : { revision }),
    });
    revision ??= page.revision;
    for (const entry of page.kvs) entries.set(entry.key, entry);
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return { revision, entries };
    from = `${last.key}\0`;
  }
}

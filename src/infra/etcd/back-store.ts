import { type Etcd, EtcdError, type KeyValue } from "@leverframe/agent/etcd";
import { EVERY_SERVICE, headKey, liveKey, livePrefix, liveRoot } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";
import type { BackStore, LiveState } from "../../features/back/back-store.ts";

const PAGE = 256;

/** Reads levers as they stand and as they stood. `etcdOf` throws a `DomainError` for an environment that is not known. */
export function createBackStore(etcdOf: (env: string) => Etcd): BackStore {
  return {
    async at(env, ref, revision) {
      const key = liveKey(env, ref);
      const found = await past(() => etcdOf(env).range({ key, revision }), undefined);
      if (found !== undefined) return { known: true, entry: found.kvs[0] };
      // What stands unchanged since stood at that revision, too: compaction takes nothing from it.
      const standing = await past(() => etcdOf(env).get(key), undefined);
      return standing !== undefined && standing.modRevision <= revision
        ? { known: true, entry: standing }
        : { known: false };
    },
    async current(env, service) {
      const state = await past(() => readLive(etcdOf(env), env, service, undefined), undefined);
      if (state === undefined)
        throw new DomainError("UNAVAILABLE", "etcd compacted while it was read. Try again.");
      return state;
    },
    async asOf(env, service, revision) {
      const key = headKey(env, EVERY_SERVICE);
      const head = await past(() => etcdOf(env).range({ key, revision }), undefined);
      if (head === undefined) return undefined;
      if (head.kvs.length === 0) {
        throw new DomainError("INVALID", `${env} was not there yet at r${revision}: give a later revision.`);
      }
      return past(() => readLive(etcdOf(env), env, service, revision), undefined);
    },
  };
}

async function past<Found, Lost>(read: () => Promise<Found>, compacted: Lost): Promise<Found | Lost> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    if (error.code === "COMPACTED") return compacted;
    if (error.code === "FUTURE_REVISION") {
      throw new DomainError("INVALID", "There is no such revision yet: give one that was committed.", {
        cause: error,
      });
    }
    throw new DomainError("UNAVAILABLE", "etcd can't be reached: nothing was changed.", { cause: error });
  }
}

async function readLive(
  etcd: Etcd,
  env: string,
  service: string | undefined,
  at: number | undefined,
): Promise<LiveState> {
  const live = new Map<string, KeyValue>();
  const prefix = service === undefined ? liveRoot(env) : livePrefix(env, service);
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
    for (const entry of page.kvs) live.set(entry.key, entry);
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return { revision, live };
    from = `${last.key}\0`;
  }
}

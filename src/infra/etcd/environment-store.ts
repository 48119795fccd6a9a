import type { Etcd } from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  environmentKey,
  environmentName,
  environmentsRoot,
  type Head,
  headKey,
  headSchema,
  liveRoot,
  parseKey,
  receiptSchema,
  receiptsRoot,
  registryRoot,
} from "@leverframe/agent/protocol";
import type { EnvironmentStore } from "../../features/environments/environment-service.ts";
import type { EpochStore, StandingHead } from "../../features/epoch/epoch-service.ts";

/** Environments: their records in the home etcd, their heads each in its own. */
export function createEnvironmentStore(home: Etcd, etcdOf: (env: string) => Etcd): EnvironmentStore {
  return {
    async list() {
      const { kvs } = await home.range({ prefix: environmentsRoot, keysOnly: true });
      return kvs
        .map((entry) => entry.key.slice(environmentsRoot.length))
        .filter((name) => environmentName.safeParse(name).success);
    },
    async create(env, head) {
      const record = environmentKey(env);
      await home.txn({
        compare: [{ key: record, target: "create", equals: 0 }],
        success: [{ put: record, value: JSON.stringify({ createdAt: new Date().toISOString() }) }],
      });
      const key = headKey(env, EVERY_SERVICE);
      const { succeeded } = await etcdOf(env).txn({
        compare: [{ key, target: "create", equals: 0 }],
        success: [{ put: key, value: JSON.stringify(head) }],
      });
      return succeeded ? "created" : "stood";
    },
  };
}

const HEADS_PER_TRANSACTION = 60;
const PAGE = 512;

/** Reads and replaces heads for `epoch confirm`. */
export function createEpochStore(etcdOf: (env: string) => Etcd): EpochStore {
  return {
    async heads(env) {
      const keys = new Map<string, number>([[EVERY_SERVICE, 0]]);
      const standing = new Map<string, { head: Head; modRevision: number }>();
      const etcd = etcdOf(env);
      for await (const entry of pages(etcd, liveRoot(env))) {
        const place = parseKey(entry.key);
        const scope = entry.key.slice(liveRoot(env).length).split("/")[0] ?? "";
        keys.set(scope, (keys.get(scope) ?? 0) + (place.at === "head" ? 0 : 1));
        if (place.at !== "head") continue;
        const head = headSchema.safeParse(readJson(entry.value));
        if (head.success) standing.set(scope, { head: head.data, modRevision: entry.modRevision });
      }
      for (const root of [registryRoot(env), receiptsRoot(env)]) {
        for await (const entry of pages(etcd, root)) {
          const scope = entry.key.slice(root.length).split("/")[0] ?? "";
          keys.set(scope, keys.get(scope) ?? 0);
        }
      }
      return [...keys].map(([scope, keyCount]): StandingHead => {
        const found = standing.get(scope);
        return {
          scope,
          head: { receiptSpreadMs: 0, ...found?.head, keyCount },
          modRevision: found?.modRevision ?? 0,
        };
      });
    },
    async heldEpochs(env) {
      const epochs: string[] = [];
      for await (const entry of pages(etcdOf(env), receiptsRoot(env))) {
        const receipt = receiptSchema.safeParse(readJson(entry.value));
        if (receipt.success && receipt.data.hold !== undefined && receipt.data.epoch !== undefined) {
          epochs.push(receipt.data.epoch);
        }
      }
      return epochs;
    },
    async replaceHeads(env, from, to) {
      for (let start = 0; start < from.length; start += HEADS_PER_TRANSACTION) {
        const page = from.slice(start, start + HEADS_PER_TRANSACTION);
        const { succeeded } = await etcdOf(env).txn({
          compare: page.map((one) => ({
            key: headKey(env, one.scope),
            target: "mod",
            equals: one.modRevision,
          })),
          success: page.map((one) => ({ put: headKey(env, one.scope), value: JSON.stringify(to(one.head)) })),
        });
        if (!succeeded) return false;
      }
      return true;
    },
  };
}

const readJson = (value: Buffer): unknown => {
  try {
    return JSON.parse(value.toString());
  } catch {
    return undefined;
  }
};

async function* pages(
  etcd: Etcd,
  prefix: string,
): AsyncGenerator<{ key: string; value: Buffer; modRevision: number }> {
  let from: string | undefined;
  let revision: number | undefined;
  for (;;) {
    const page = await etcd.range({
      prefix,
      limit: PAGE,
      ...(from === undefined ? {} : { from }),
      ...(revision === undefined ? {} : { revision }),
    });
    yield* page.kvs;
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return;
    from = `${last.key}\0`;
    revision ??= page.revision;
  }
}

import { type Etcd, Mirror } from "@leverframe/agent/etcd";
import { controlRoot } from "@leverframe/agent/protocol";
import type { AccessStore } from "../../features/access/access-service.ts";
import type { Log } from "../log.ts";

const accessRoot = `${controlRoot}access/`;
const codeKey = (hash: string): string => `${accessRoot}codes/${hash}`;
const tokenKey = (hash: string): string => `${accessRoot}tokens/${hash}`;

/** Codes and tokens in etcd, mirrored: what was known before etcd went away still counts. */
export function openAccessStore(
  etcd: Etcd,
  log: Log,
): AccessStore & { ready(deadlineMs: number): Promise<void>; close(): Promise<void> } {
  const mirror = new Mirror({
    etcd,
    prefix: accessRoot,
    name: "access",
    check: { kind: "newest" },
    onBatch: () => undefined,
    onError: (error) => log.error({ err: error }, "the follower of access failed"),
  });
  mirror.start();
  const justMade = new Map<string, string>();
  return {
    async putCode(hash, ttlSeconds) {
      const lease = await etcd.grantLease(ttlSeconds);
      await etcd.put(codeKey(hash), "{}", { lease: lease.id });
    },
    async takeCode(hash) {
      const key = codeKey(hash);
      const found = await etcd.get(key);
      if (found === undefined) return false;
      const taken = await etcd.txn({
        compare: [{ key, target: "mod", equals: found.modRevision }],
        success: [{ delete: key }],
      });
      return taken.succeeded;
    },
    async putToken(hash, id) {
      await etcd.put(tokenKey(hash), JSON.stringify({ id, createdAt: new Date().toISOString() }));
      justMade.set(hash, id);
    },
    tokenId(hash) {
      const entry = mirror.entries.get(tokenKey(hash));
      if (entry === undefined) return justMade.get(hash);
      justMade.delete(hash);
      const record = JSON.parse(entry.value.toString()) as { id?: unknown };
      return typeof record.id === "string" ? record.id : undefined;
    },
    ready: (deadlineMs) => mirror.ready(deadlineMs),
    close: () => mirror.close(),
  };
}

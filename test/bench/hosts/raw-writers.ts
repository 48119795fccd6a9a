import { openEtcd } from "@leverframe/agent/etcd";
import { ulid } from "ulid";
import type { RawOrders } from "./raw-publisher.ts";

export interface WritersOrders extends RawOrders {
  readonly writers: number;
  readonly ms: number;
}

/**
 * The floor of `publish`: so many loops of bare etcd transactions, each on a lever of its own, with the compares, reads,
 * keys and sizes of the control plane's. Tells how many went through.
 */
process.on("message", (message) => {
  const { endpoint, prefix, bytes, writers, ms } = message as WritersOrders;
  const etcd = openEtcd({ endpoints: [endpoint] });
  const own = `${prefix}live/own/~head`;
  const shared = `${prefix}live/all/~head`;
  const until = performance.now() + ms;
  const loop = async (writer: number): Promise<number> => {
    const live = `${prefix}live/own/config/w${writer}`;
    let revision = (await etcd.get(live))?.modRevision ?? 0;
    let done = 0;
    while (performance.now() < until) {
      const journal = `${prefix}journal/${ulid()}`;
      const result = await etcd.txn({
        compare: [
          { key: journal, target: "create", equals: 0 },
          { key: live, target: "mod", equals: revision },
          { key: shared, target: "mod", equals: 0 },
        ],
        success: [
          { put: live, value: "x".repeat(bytes.live) },
          { put: own, value: "x".repeat(bytes.head) },
          { put: journal, value: "x".repeat(bytes.journal) },
        ],
        failure: [
          { range: { key: journal } },
          { range: { key: live, keysOnly: true } },
          { range: { key: shared, keysOnly: true } },
        ],
      });
      if (!result.succeeded) throw new Error("somebody else writes the floor's keys");
      revision = result.revision;
      done += 1;
    }
    return done;
  };
  void Promise.all(Array.from({ length: writers }, (_, writer) => loop(writer))).then((counts) => {
    process.send?.(counts.reduce((sum, count) => sum + count, 0));
    etcd.close();
  });
});
process.on("disconnect", () => process.exit(0));

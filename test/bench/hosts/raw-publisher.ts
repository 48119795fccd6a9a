import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openEtcd } from "@leverframe/agent/etcd";

/** What the floor writes: values as long as those of the control plane's own transaction. */
export interface RawOrders {
  readonly endpoint: string;
  readonly prefix: string;
  readonly bytes: { readonly live: number; readonly head: number; readonly journal: number };
}

/**
 * The floor: a bare HTTP handler before one etcd transaction of the same shape as the control plane's, with as many
 * compares and reads, and three keys of the same sizes.
 */
process.on("message", (message) => {
  const { endpoint, prefix, bytes } = message as RawOrders;
  const etcd = openEtcd({ endpoints: [endpoint] });
  const [live, own, shared] = ["live/own/bench", "live/own/~head", "live/all/~head"].map(
    (key) => `${prefix}${key}`,
  ) as [string, string, string];
  const filler = "x".repeat(Math.max(bytes.live, bytes.head, bytes.journal));
  let revision = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { value } = JSON.parse(Buffer.concat(parts).toString()) as { value: number };
      const journal = `${prefix}journal/${String(value).padStart(26, "0")}`;
      const sized = (length: number): string => {
        const bare = JSON.stringify({ value, pad: "" });
        return JSON.stringify({ value, pad: filler.slice(0, Math.max(0, length - bare.length)) });
      };
      etcd
        .txn({
          compare: [
            { key: journal, target: "create", equals: 0 },
            { key: live, target: "mod", equals: revision },
            { key: shared, target: "mod", equals: 0 },
          ],
          success: [
            { put: live, value: sized(bytes.live) },
            { put: own, value: sized(bytes.head) },
            { put: journal, value: sized(bytes.journal) },
          ],
          failure: [
            { range: { key: journal } },
            { range: { key: live, keysOnly: true } },
            { range: { key: shared, keysOnly: true } },
          ],
        })
        .then((result) => {
          if (!result.succeeded) throw new Error("somebody else writes the floor's keys");
          revision = result.revision;
          response.end(JSON.stringify({ revision }));
        })
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on("disconnect", () => process.exit(0));
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openEtcd } from "@leverframe/agent/etcd";

/** The floor: a bare HTTP handler before one etcd transaction of the same three keys and sizes. */
process.on("message", (message) => {
  const { endpoint, prefix } = message as { endpoint: string; prefix: string };
  const etcd = openEtcd({ endpoints: [endpoint] });
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { value, pad } = JSON.parse(Buffer.concat(parts).toString()) as { value: number; pad: string };
      etcd
        .txn({
          compare: [{ key: `${prefix}journal/${value}`, target: "create", equals: 0 }],
          success: [
            { put: `${prefix}live/own/bench`, value: JSON.stringify({ value, pad }) },
            { put: `${prefix}live/own/~head`, value: pad.slice(0, 120) },
            { put: `${prefix}journal/${value}`, value: JSON.stringify({ value, pad, more: pad }) },
          ],
        })
        .then(
          (result) => response.end(JSON.stringify({ revision: result.revision })),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on("disconnect", () => process.exit(0));
});

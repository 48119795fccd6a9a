import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { createAgent } from "@leverframe/agent";
import { leverframeListener } from "@leverframe/agent/http";
import * as z from "zod";
import type { MeasuredServiceOptions } from "./measured-service.ts";

/** Asks itself at a steady pace; how long its answers take is a live config. */
const options = JSON.parse(process.argv[2] ?? "{}") as MeasuredServiceOptions;
const server = createServer();
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const { requestsPerSecond, endpoints, ...who } = options;
const agent = createAgent({
  ...who,
  etcd: { endpoints: [...endpoints] },
  address: `127.0.0.1:${port}`,
  metrics: { port: 0, host: "127.0.0.1" },
  snapshotDir: false,
});
const work = agent.config("work", z.object({ ms: z.number() }), { default: { ms: 20 } });

server.on(
  "request",
  leverframeListener(agent, async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, work.get().ms * (0.8 + Math.random() * 0.4)));
    response.writeHead(request.url === "/fails" ? 500 : 200).end("done");
  }),
);
await agent.start();

let asked = 0;
const ask = setInterval(() => {
  asked += 1;
  fetch(`http://127.0.0.1:${port}/${asked % 10 === 0 ? "fails" : "works"}`)
    .then((answer) => answer.text())
    .catch(() => undefined);
}, 1_000 / requestsPerSecond);

process.once("disconnect", () => {
  clearInterval(ask);
  process.exit(0);
});
process.send?.("ready");

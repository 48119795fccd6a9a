import { createServer, get, Agent as HttpAgent } from "node:http";
import type { AddressInfo } from "node:net";
import { createAgent } from "@leverframe/agent";
import { leverframeListener } from "@leverframe/agent/http";
import { startTelemetry, type TelemetryOptions } from "@leverframe/agent/otel";
import { OtlpReceiver } from "../support/otlp-receiver.ts";

/**
 * What tracing costs a call and a served request in processor time: never started, switched off, unsampled, sampled. Each
 * figure is the median of its rounds, in one process, beside a bare `await fn()`. A request's figure holds its client too; what
 * is left to export after a round is not in it.
 */
const ROUNDS = 7;
const CALLS = 20_000;
const REQUESTS = 2_000;
const write = (line: string): void => void process.stdout.write(`${line}\n`);

const receiver = await OtlpReceiver.listen();
const agent = createAgent({
  service: "order",
  env: "bench",
  instance: "order-1",
  etcd: { endpoints: ["http://127.0.0.1:9"] },
  metrics: false,
  snapshotDir: false,
});
const answer = async (): Promise<number> => 1;
const plain = agent.policy("plain");
const bounded = agent.policy("bounded", { timeout: 1_000 });
const server = createServer(
  leverframeListener(agent, (_, response) => response.end("ok"), { route: () => "/orders/:id" }),
);
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const keepAlive = new HttpAgent({ keepAlive: true, maxSockets: 1 });
const request = (): Promise<void> =>
  new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", path: "/orders/1", agent: keepAlive }, (response) => {
      response.resume().once("end", resolve);
    }).once("error", reject);
  });

const works = [
  ["agent.call, breaker alone", CALLS, () => plain.call(answer)],
  ["agent.call, with a timeout", CALLS, () => bounded.call(answer)],
  ["a request served over HTTP", REQUESTS, request],
] as const;

const modes: readonly (readonly [name: string, options: TelemetryOptions | undefined])[] = [
  ["never started", undefined],
  ["OTEL_SDK_DISABLED=true", {}],
  ["unsampled, not recorded (slowMs: false)", { rateBp: 0, slowMs: false }],
  ["unsampled, recorded (default)", { rateBp: 0 }],
  ["sampled at 10 % (default)", { rateBp: 1_000 }],
  ["sampled at 100 %", { rateBp: 10_000 }],
];

/** Processor time of this process, ns each: what others do on the machine is not in it. */
async function timed(times: number, work: () => Promise<unknown>): Promise<number> {
  const since = process.cpuUsage();
  for (let time = 0; time < times; time++) await work();
  const { user, system } = process.cpuUsage(since);
  return ((user + system) * 1_000) / times;
}
const figures = new Map<string, number[]>();
const note = (key: string, ns: number): void => void figures.set(key, [...(figures.get(key) ?? []), ns]);

for (let round = -1; round < ROUNDS; round++) {
  const bare = await timed(CALLS, answer);
  if (round >= 0) note("bare", bare);
  for (const [mode, options] of modes) {
    if (mode.startsWith("OTEL")) process.env["OTEL_SDK_DISABLED"] = "true";
    else delete process.env["OTEL_SDK_DISABLED"];
    const telemetry =
      options === undefined
        ? undefined
        : startTelemetry(agent, { ...options, endpoint: receiver.endpoint, mostQueuedBytes: 268_435_456 });
    for (const [work, times, make] of works) {
      const ns = await timed(times, make);
      if (round >= 0) note(`${mode}|${work}`, ns);
      await telemetry?.flush();
    }
    await telemetry?.close();
    receiver.spans.length = 0;
  }
}
const median = (key: string): number => {
  const sorted = [...(figures.get(key) ?? [])].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

write(`${"bare await fn()".padEnd(42)}${median("bare").toFixed(0).padStart(8)} ns`);
for (const [work] of works) {
  write(`\n${work}`);
  const floor = median(`never started|${work}`);
  for (const [mode] of modes) {
    const ns = median(`${mode}|${work}`);
    const more = ns - floor;
    write(
      `  ${mode.padEnd(40)}${ns.toFixed(0).padStart(8)} ns  ${(ns / floor).toFixed(2).padStart(5)} ×  ${more >= 0 ? "+" : ""}${(more / 1_000).toFixed(2)} µs`,
    );
  }
}
keepAlive.destroy();
server.closeAllConnections();
server.close();
await agent.close();
await receiver.close();

import { type RequestOptions, request as send } from "node:http";
import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { type AppPorts, createAppRouter } from "../../src/server/app-router.ts";
import { type Caller, ConsolePeople, NOBODY } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { InspectedHeap } from "../support/inspected-heap.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Whatever anybody sends, over HTTP and over the socket: no 5xx, no memory kept, and the server still answers. */
const worker = useWorkerEtcd();
const SEED = seedOfRun(process.env["FUZZ_SEED"]);
const random = seeded(SEED);
const HTTP_REQUESTS = 8_000;
const SOCKET_MESSAGES = 2_000;
/** First these, so that what is made once is not taken for growth. */
const WARM_UP = 2_000;
const AT_ONCE = 20;
/** Levers and audit rows that some of it makes stay; a leak of a request each would be far more. */
const GROWTH_BYTES = 40 * 1024 * 1024;

let server: ControlPlaneProcess;
let heap: InspectedHeap;
let callers: readonly Caller[];
beforeAll(async () => {
  const [port = 0] = await freeLoopbackPorts(1);
  server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: "dev",
    execArgv: [`--inspect=127.0.0.1:${port}`],
  });
  heap = await InspectedHeap.open(port);
  const people = new ConsolePeople(server.url, await server.token());
  const operator = await people.person([{ role: "operator", env: "dev", services: "*" }]);
  callers = [people.admin, people.admin, operator.caller, NOBODY, { cookie: "leverframe_session=a.b" }];
});
afterAll(async () => {
  heap.close();
  await server[Symbol.asyncDispose]();
});

/** What these make by design is kept; here only what is broken counts. */
const MAKING = /create|breakGlass|renew|reseal|schedule$|invite|serviceKeys/;
const anyPort: unknown = new Proxy(() => undefined, { get: () => anyPort, apply: () => anyPort });
const procedures = Object.entries(
  createAppRouter(anyPort as AppPorts)._def.procedures as unknown as Record<
    string,
    { _def: { type: string } }
  >,
)
  .map(([path, { _def }]) => ({ path, type: _def.type }))
  .filter(({ path }) => !MAKING.test(path));

const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const STRANGE: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  "",
  "\u0000",
  "../..",
  "__proto__",
  "constructor",
  "é".repeat(300),
  [],
  {},
  [[[[[]]]]],
  true,
  "9".repeat(400),
  { toString: 1 },
  "2026-13-45T99:99:99Z",
];

function whole(): Record<string, unknown> {
  return {
    env: "dev",
    id: ulid(),
    service: "order",
    kind: "switch",
    name: "fuzzed",
    reason: "why",
    key: "0123456789abcdef",
    person: "nobody",
    limit: 10,
    edits: [
      {
        service: "order",
        kind: "switch",
        name: `f${Math.floor(random() * 50)}`,
        op: pick(["put", "delete"]),
        spec: { position: "NORMAL", level: "non-core", strategy: "simplified" },
        baseRevision: Math.floor(random() * 3),
      },
    ],
  };
}

/** Breaks one value somewhere inside. */
function broken(value: unknown, depth = 0): unknown {
  if (depth > 3 || typeof value !== "object" || value === null || random() < 0.15) return pick(STRANGE);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(STRANGE);
  const key = pick(keys);
  if (Array.isArray(value))
    return value.map((one, index) => (String(index) === key ? broken(one, depth + 1) : one));
  const record = value as Record<string, unknown>;
  if (random() < 0.2) return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
  if (random() < 0.1)
    return { ...record, [pick(["__proto__", "constructor", "", "x", "env", "override"])]: pick(STRANGE) };
  return { ...record, [key]: broken(record[key], depth + 1) };
}

/** Cuts or changes the text itself. */
function torn(text: string): string {
  const at = Math.floor(random() * text.length);
  if (random() < 0.5) return text.slice(0, at);
  return `${text.slice(0, at)}${String.fromCharCode(random() * 0x2ff)}${text.slice(at + 1 + random() * 9)}`;
}

function body(): string {
  const envelope =
    random() < 0.8 ? { json: broken(whole()) } : broken({ json: whole(), meta: { values: {} } });
  const text = JSON.stringify(envelope) ?? "";
  return random() < 0.3 ? torn(text) : text;
}

function httpRequest(): Promise<number> {
  const { path, type } = pick(procedures);
  const text = body();
  const asked = random() < 0.9 ? type !== "mutation" : random() < 0.5;
  const batch = random() < 0.2;
  const query = `?${batch ? "batch=1&" : ""}${asked ? `input=${encodeURIComponent(batch ? `{"0":${text}}` : text).slice(0, 8_000)}` : ""}`;
  const strange = [
    `/api/trpc/${path}${query}`,
    `/api/trpc/${torn(path)}`,
    "/api/auth/sign-in",
    "/api/auth/accept",
  ];
  const target =
    random() < 0.85 ? strange[0] : pick([...strange, "/api/audit.csv?x=%zz", "/api/ws", "/%00", "//"]);
  const asking = {
    path: encodeURI(target ?? "/").replaceAll("%25", "%"),
    method: asked ? "GET" : pick(["POST", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS"]),
    headers: {
      ...pick(callers),
      origin: server.url,
      "content-type":
        random() < 0.9
          ? "application/json"
          : pick(["text/plain", "application/jsonl", "x", "multipart/form-data"]),
    },
    timeout: 15_000,
  };
  return answerTo(asking, asked ? undefined : batch ? `{"0":${text}}` : text);
}

/** Its status. A connection that is closed after a broken request may take the next one with it: that is sent again. */
function answerTo(asking: RequestOptions, sent: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = send(server.url, asking, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer to ${asking.path}`)));
    outgoing.on("error", (error) =>
      outgoing.reusedSocket ? resolve(answerTo({ ...asking, agent: false }, sent)) : reject(error),
    );
    outgoing.end(sent);
  });
}

async function overHttp(count: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  for (let done = 0; done < count; done += AT_ONCE) {
    for (const status of await Promise.all(Array.from({ length: AT_ONCE }, httpRequest))) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  return statuses;
}

/** Sends broken messages, each on a socket that may be cut off for them; gives the 5xx that came back. */
async function overSockets(count: number): Promise<number[]> {
  const failures: number[] = [];
  let socket: WebSocket | undefined;
  for (let done = 0; done < count; done += 1) {
    if (socket === undefined || socket.readyState !== WebSocket.OPEN || done % 100 === 99) {
      socket?.terminate();
      socket = await open();
      socket.on("message", (text: Buffer) => {
        const status = /"httpStatus":(5\d\d)/.exec(text.toString())?.[1];
        if (status !== undefined) failures.push(Number(status));
      });
    }
    const { path, type } = pick(procedures);
    const message = {
      id: done,
      jsonrpc: "2.0",
      method: type,
      params: { path, input: { json: broken(whole()) }, lastEventId: pick(["1:2", "", "x".repeat(300)]) },
    };
    const text = JSON.stringify(random() < 0.5 ? message : broken(message)) ?? "";
    socket.send(random() < 0.2 ? torn(text) : random() < 0.05 ? Buffer.from(text) : text);
    if (done % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  socket?.terminate();
  return failures;
}

function open(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/ws`, {
      headers: { ...(callers[0] as Caller), origin: server.url },
    });
    socket.once("open", () => resolve(socket));
    socket.on("error", reject);
  });
}

test(`10,000 malformed requests cause no 5xx and no growth in memory (FUZZ_SEED=${SEED})`, async () => {
  await overHttp(WARM_UP);
  await overSockets(WARM_UP / 4);
  const before = await heap.heldBytes();
  const statuses = await overHttp(HTTP_REQUESTS);
  const failures = await overSockets(SOCKET_MESSAGES);
  const grownBytes = (await heap.heldBytes()) - before;
  const faults = [...statuses].filter(([status]) => status >= 500);
  expect(faults, `FUZZ_SEED=${SEED}\n${server.log.slice(-3_000)}`).toEqual([]);
  expect(failures, `FUZZ_SEED=${SEED}\n${server.log.slice(-3_000)}`).toEqual([]);
  console.log(`held ${Math.round(grownBytes / 1024)} KiB more; by status ${JSON.stringify([...statuses])}`);
  expect(grownBytes, `FUZZ_SEED=${SEED}`).toBeLessThan(GROWTH_BYTES);
  // Most of it went deeper than the door.
  expect((statuses.get(400) ?? 0) + (statuses.get(404) ?? 0)).toBeGreaterThan(HTTP_REQUESTS / 4);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(server.log).not.toContain("a promise was left alone");
}, 120_000);

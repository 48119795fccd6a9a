import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configBody, switchBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { Operator } from "../support/operator.ts";
import { SidecarProcess, sidecarArgs } from "../support/sidecar-process.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** The sidecar as a process over a real etcd: what a service of another language gets from it, and what it refuses. */
const worker = useWorkerEtcd();
const TOKEN = "a-token-of-this-host";
let operator: Operator;
let dir = "";
let sidecar: SidecarProcess;

beforeAll(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  dir = await mkdtemp(join(tmpdir(), "leverframe-sidecar-"));
  await writeFile(join(dir, "token"), `${TOKEN}\n`);
  await writeFile(join(dir, "short"), "x\n");
  await operator.commit("*", {});
  await operator.commit("order", {
    "switch/comments": switchBody("DEGRADED"),
    "config/paging": configBody('{"limit":7}'),
  });
  sidecar = await SidecarProcess.start(flags("order-1", "--address", "127.0.0.1:8080"));
});
afterAll(async () => {
  await sidecar[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const flags = (instance: string, ...more: readonly string[]): string[] => [
  ...sidecarArgs({
    service: instance.replace(/-\d+$/, ""),
    env: operator.env,
    etcd: worker.endpoint,
    instance,
    port: "0",
    "snapshot-dir": join(dir, "snapshots"),
  }),
  ...more,
];
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${sidecar.url}${path}`, { ...init, signal: AbortSignal.timeout(10_000) });
const evaluate = (key: string, context: object = {}): Promise<Response> =>
  ask(`/ofrep/v1/evaluate/flags/${key}`, { method: "POST", body: JSON.stringify({ context }) });

test("registers the service, and its receipt names what clients asked for", async () => {
  expect(await operator.registration("order", "order-1")).toMatchObject({ address: "127.0.0.1:8080" });
  expect(await (await evaluate("comments")).json()).toMatchObject({ value: true, variant: "DEGRADED" });
  expect((await ask("/v1/config/paging")).status).toBe(200);
  const receipt = await eventually(
    () => operator.receipt("order", "order-1"),
    (found) => found?.reads.length === 2,
    20_000,
  );
  expect(receipt?.reads.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
    "config/paging",
    "switch/comments",
  ]);
});

test("a config has an ETag, and a poll with it waits for the next one", async () => {
  const first = await ask("/v1/config/paging");
  expect(await first.json()).toMatchObject({
    name: "paging",
    value: { limit: 7 },
    version: 1,
    service: "order",
  });
  const etag = first.headers.get("etag")!;
  const headers = { "if-none-match": etag };
  expect((await ask("/v1/config/paging", { headers })).status).toBe(304);
  expect((await ask("/v1/config/paging?wait=0.2", { headers })).status).toBe(304);
  const next = ask("/v1/config/paging?wait=9", { headers });
  await operator.commit("order", { "config/paging": configBody('{"limit":8}') });
  expect(await (await next).json()).toMatchObject({ value: { limit: 8 } });
});

test("discovery gives the instances of a service, and one to call", async () => {
  await using payment = await SidecarProcess.start(flags("payment-1", "--address", "127.0.0.1:9090"));
  const { instances } = (await (await ask("/v1/services/payment")).json()) as { instances: object[] };
  expect(instances).toMatchObject([{ instance: "payment-1", address: "127.0.0.1:9090", state: "live" }]);
  expect(await (await ask("/v1/services/payment/pick")).json()).toMatchObject({ address: "127.0.0.1:9090" });
  expect(await payment.stop()).toBe(0);
  await eventually(
    () => ask("/v1/services/payment/pick"),
    (answer) => answer.status === 503,
  );
});

test("a stream of events tells each change", async () => {
  const stream = await fetch(`${sidecar.url}/ofrep/v1/events`);
  expect(stream.headers.get("content-type")).toBe("text/event-stream");
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  await operator.commit("order", { "config/paging": configBody('{"limit":9}') });
  let text = "";
  while (!text.includes("refetchEvaluation")) text += (await reader.read()).value ?? "";
  expect(text).toContain("event: message");
  await reader.cancel();
});

describe("it refuses", () => {
  test.each([
    ["GET", "/v1/config/nobody", 404],
    ["GET", "/v1/config/NOT%20A%20NAME", 400],
    ["GET", "/v1/config/paging?wait=1e9", 400],
    ["GET", "/v1/config/%E0%A4%A", 400],
    ["GET", "/v1/services/Not!", 400],
    ["GET", "/v1/services/nobody/pick", 503],
    ["GET", "/nothing", 404],
    ["DELETE", "/v1/config/paging", 405],
    ["GET", "/ofrep/v1/evaluate/flags/comments", 405],
    ["POST", "/ofrep/v1/evaluate/flags/nobody", 400],
  ])("%s %s with %d", async (method, path, status) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errorDetails: expect.any(String) });
  });

  test("a body without an end, and goes on", async () => {
    const body = `{"context":{"a":"${"x".repeat(300_000)}"}}`;
    const answer = await ask("/ofrep/v1/evaluate/flags", { method: "POST", body }).catch(() => undefined);
    expect(answer?.status ?? 413).toBe(413);
    expect((await evaluate("comments")).status).toBe(200);
  });

  test("a name that is not loopback's, as a rebound page would send", async () => {
    const { port } = new URL(sidecar.url);
    const status = await new Promise((resolve, reject) => {
      request(
        { host: "127.0.0.1", port, path: "/healthz", headers: { host: "evil.example" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on("error", reject)
        .end();
    });
    expect(status).toBe(421);
  });

  test.each([
    [["sidecar"], "--service is missing"],
    [["start"], "say what to do"],
    [["sidecar", "--servise", "order"], "servise"],
    [["sidecar", "--service", "order", "--env", "dev", "--etcd", "x:1", "--port", "http"], "--port must be"],
    [["sidecar", "--service", "Order!", "--env", "dev", "--etcd", "x:1"], "service"],
    [
      ["sidecar", "--service", "order", "--env", "dev", "--etcd", "x:1", "--host", "0.0.0.0"],
      "give --token-file",
    ],
    [
      ["sidecar", "--service", "order", "--env", "dev", "--etcd", "x:1", "--token-file", "/nowhere"],
      "can't be read",
    ],
  ])("to start with %j", async (args, words) => {
    const { code, output } = await SidecarProcess.fails(args);
    expect(code).toBe(2);
    expect(output).toContain(words);
  });
});

test("with a token file it wants the token, except for its health, and may then listen elsewhere", async () => {
  await using guarded = await SidecarProcess.start(
    flags("order-2", "--host", "0.0.0.0", "--token-file", join(dir, "token")),
  );
  const { port } = new URL(guarded.url);
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers });
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/v1/config/paging")).status).toBe(401);
  expect((await get("/v1/config/paging", { "x-api-key": "another-token-of-it" })).status).toBe(401);
  expect((await get("/v1/config/paging", { "x-api-key": TOKEN })).status).toBe(200);
  expect((await get("/v1/config/paging", { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
});

test("without etcd it goes on, also after a restart, and says that what it serves is old", async () => {
  await using proxy = await FaultProxy.start(worker.server.clientPort);
  const args = [...flags("order-4"), "--etcd", `127.0.0.1:${proxy.port}`];
  const evaluated = async (url: string) =>
    (await (
      await fetch(`${url}/ofrep/v1/evaluate/flags/comments`, { method: "POST", body: '{"context":{}}' })
    ).json()) as { value: boolean; metadata: { stale?: boolean } };
  const first = await SidecarProcess.start(args);
  expect((await evaluated(first.url)).metadata.stale).toBeUndefined();
  proxy.refuse(true);
  proxy.cutAll();
  expect((await evaluated(first.url)).value).toBe(true);
  await first.stop();
  await using again = await SidecarProcess.start(args);
  expect(await evaluated(again.url)).toMatchObject({ value: true, metadata: { stale: true } });
  expect((await fetch(`${again.url}/healthz`)).status).toBe(200);
  proxy.heal();
  await eventually(
    () => evaluated(again.url),
    ({ metadata }) => metadata.stale === undefined,
  );
});

test("a stop ends a poll, says that the instance leaves, and exits with 0", async () => {
  await using leaving = await SidecarProcess.start(flags("order-3"));
  const etag = (await fetch(`${leaving.url}/v1/config/paging`)).headers.get("etag")!;
  const poll = fetch(`${leaving.url}/v1/config/paging?wait=50`, { headers: { "if-none-match": etag } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await leaving.stop()).toBe(0);
  expect((await poll).status).toBe(304);
  expect(await operator.registration("order", "order-3")).toBeUndefined();
});

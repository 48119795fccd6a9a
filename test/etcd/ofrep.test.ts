import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configBody, switchBody } from "../support/bodies.ts";
import { bearer, type Caller, ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { seeded } from "../support/seeded.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** OFREP 0.3.0 on the real server: who may ask for which flags, what is answered, and what is refused. */
const worker = useWorkerEtcd();
let server: ControlPlaneProcess;
let people: ConsolePeople;
let operator: Operator;
let order: Caller;

beforeAll(async () => {
  server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: "dev,prod",
    env: { LEVERFRAME_OFREP_RATE: "200" },
  });
  people = new ConsolePeople(server.url, await server.token());
  operator = new Operator(worker.etcd, "dev");
  order = await tokenFor("dev", "order");
  await operator.commit("*", { "switch/comments": switchBody("NORMAL"), "config/shared": configBody("1") });
  await operator.commit("order", {
    "switch/comments": switchBody("DEGRADED"),
    "config/limit": configBody("7"),
    "config/secret": JSON.stringify({
      schema: 1,
      spec: { format: "text", secret: { kid: "k", iv: "aXY=", ct: "Y3Q=", tag: "dGFn" } },
      meta: { version: 1, changeSetId: "01ARZ3NDEKTSV4RRFFQ69G5FAV", updatedAt: "2026-01-02T03:04:05.000Z" },
    }),
    "config/broken": '{"schema":1}',
  });
  await eventually(
    () => one("comments"),
    (answer) => answer.status === 200,
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const tokenFor = async (env: string, services: string): Promise<Caller> =>
  (await people.machineToken([{ role: "viewer", env, services }])).caller;

const post = (path: string, body: unknown, headers: Caller): Promise<Response> =>
  fetch(`${server.url}/ofrep/v1/evaluate/flags${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
const one = (key: string, headers: Caller = order, context: object = {}): Promise<Response> =>
  post(`/${key}`, { context }, headers);
const json = async (response: Response | Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await response).json()) as Record<string, unknown>;

describe("a token", () => {
  test("bound to one environment and service needs to name neither, in either header", async () => {
    expect(await json(one("comments"))).toMatchObject({
      key: "comments",
      value: true,
      reason: "STATIC",
      variant: "DEGRADED",
      metadata: { env: "dev", service: "order", version: 1 },
    });
    const key = { "x-api-key": order["authorization"]!.slice("Bearer ".length) };
    expect(await json(one("switch/comments", key))).toMatchObject({ value: true });
  });

  test("of many services names one, and reads no other than its own", async () => {
    const many = await tokenFor("dev", "pay-*");
    expect((await one("comments", many)).status).toBe(400);
    const named = { ...many, "leverframe-service": "pay-gateway" };
    expect(await json(one("comments", named))).toMatchObject({
      value: false,
      metadata: { service: "*" },
    });
    expect((await post("/comments?service=pay-gateway", { context: {} }, many)).status).toBe(200);
    for (const headers of [
      { ...many, "leverframe-service": "order" },
      { ...order, "leverframe-service": "payment" },
      { ...order, "leverframe-env": "prod" },
    ]) {
      expect((await one("comments", headers)).status).toBe(403);
    }
    expect((await one("comments", { ...order, "leverframe-service": "Not A Name" })).status).toBe(400);
  });

  test("is needed: no cookie, no other's, none that was revoked", async () => {
    const person = await people.person([{ role: "admin", env: "*", services: "*" }]);
    for (const headers of [{}, person.caller, bearer("lf_guessed"), { "x-api-key": "x".repeat(500) }]) {
      const answer = await one("comments", headers);
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain("DEGRADED");
    }
    const { caller, key } = await people.machineToken([{ role: "viewer", env: "dev", services: "order" }]);
    expect((await one("comments", caller)).status).toBe(200);
    await people.do("tokens.revoke", { key });
    expect((await one("comments", caller)).status).toBe(401);
  });
});

describe("one flag", () => {
  test.each([
    ["limit", 200, { value: 7 }],
    ["shared", 200, { value: 1 }],
    ["nobody", 404, { errorCode: "FLAG_NOT_FOUND" }],
    ["config/secret", 404, { errorCode: "FLAG_NOT_FOUND" }],
    ["broken", 500, { errorCode: "GENERAL" }],
    ["%E0%A4%A", 404, { errorCode: "FLAG_NOT_FOUND" }],
  ])("%s is %d", async (key, status, body) => {
    const answer = await one(key);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(body);
  });

  test.each([
    ["{", 400],
    ['{"context":7}', 400],
    [`{"context":{"a":"${"x".repeat(200_000)}"}}`, 413],
    ["[".repeat(100_000), 400],
  ])("%.20s… is refused", async (body, status) => {
    expect((await post("/comments", body, order)).status).toBe(status);
    expect((await one("comments")).status).toBe(200);
  });

  test("other methods and addresses are told so", async () => {
    expect((await fetch(`${server.url}/ofrep/v1/evaluate/flags/x`, { headers: order })).status).toBe(405);
    expect((await fetch(`${server.url}/ofrep/v2/x`, { headers: order })).status).toBe(404);
  });
});

test("10,000 requests that nobody should send cause no 5xx", { timeout: 120_000 }, async () => {
  const random = seeded(5);
  const some = (values: readonly string[]): string => values[Math.floor(random() * values.length)] ?? "";
  // Each within its budget, so that all are looked at.
  const tokens = await Promise.all(Array.from({ length: 40 }, () => tokenFor("dev", "hostile")));
  let sent = 0;
  const statuses = new Map<number, number>();
  const ask = async (): Promise<void> => {
    const path = some([
      "",
      "/x",
      "/%00",
      "/../../../api",
      "/a/b/c",
      `/${"k".repeat(2_000)}`,
      "/%F0%9F%98%8A",
      "/?a=[",
    ]);
    const body = some([
      "",
      "{}",
      "null",
      '{"context":{}}',
      '{"context":[]}',
      '{"context":{"__proto__":{"a":1}}}',
    ]).concat(some(["", " ", "\u0000", "}", "{".repeat(500)]));
    const named = some(["dev", "prod", "", "*", "../etc", "é".repeat(3), "x".repeat(500)]);
    const own = tokens[sent++ % tokens.length]!;
    const headers = random() < 0.7 ? own : { ...own, "leverframe-env": encodeURI(named) };
    const method = some(["POST", "POST", "POST", "PUT", "GET"]);
    const answer = await fetch(`${server.url}/ofrep/v1/evaluate/flags${path}`, {
      method,
      headers: { ...headers, "if-none-match": some(['"x"', "*", "W/", ","]) },
      ...(method === "GET" ? {} : { body }),
    });
    await answer.arrayBuffer();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  };
  for (let round = 0; round < 100; round += 1) await Promise.all(Array.from({ length: 100 }, ask));
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404, 405]));
  expect(await (await fetch(`${server.url}/metrics`, { headers: people.admin })).text()).toContain(
    'leverframe_ofrep_requests_total{status="403"}',
  );
});

describe("all flags", () => {
  test("come with an ETag that names their state, and 304 until it changes", async () => {
    const first = await post("", { context: { plan: "gold", userId: "u" } }, order);
    const etag = first.headers.get("etag")!;
    const body = await json(first);
    expect((body["flags"] as { key: string }[]).map(({ key }) => key)).toEqual([
      "broken",
      "comments",
      "limit",
      "shared",
    ]);
    expect(JSON.stringify(body)).not.toContain("Y3Q=");
    const again = (context: object) => post("", { context }, { ...order, "if-none-match": etag });
    expect((await again({ userId: "u", plan: "gold" })).status).toBe(304);
    expect((await again({ userId: "u2", plan: "gold" })).status).toBe(200);
    await operator.commit("order", { "config/limit": configBody("8") });
    await eventually(
      () => again({ userId: "u", plan: "gold" }),
      (answer) => answer.status === 200,
    );
    await operator.commit("order", { "config/limit": configBody("7") });
  });

  test("a stream of events tells when to ask anew, by its own ticket, and ends with its token", async () => {
    const { caller, key } = await people.machineToken([{ role: "viewer", env: "dev", services: "order" }]);
    const { eventStreams } = await json(post("", { context: {} }, caller));
    const [stream] = eventStreams as { type: string; endpoint: { requestUri: string } }[];
    expect(stream).toMatchObject({ type: "sse", inactivityDelaySec: 120 });
    const followed = await follow(stream!.endpoint.requestUri);
    await operator.commit("payment", { "config/other": configBody("1") });
    await operator.commit("order", { "switch/comments": switchBody("NORMAL") });
    await eventually(
      () => followed.text,
      (text) => text.includes("refetchEvaluation"),
    );
    const events = followed.text.split("\n\n").filter((frame) => frame.includes("event: message"));
    expect(events).toHaveLength(1);
    expect(JSON.parse(/data: (.*)/.exec(events[0]!)![1]!)).toMatchObject({
      type: "refetchEvaluation",
      etag: expect.any(String),
      lastModified: expect.any(Number),
    });
    await people.do("tokens.revoke", { key });
    await followed.ended;
    expect((await fetch(`${server.url}${stream!.endpoint.requestUri}`)).status).toBe(401);
    expect((await fetch(`${server.url}/ofrep/v1/events?ticket=forged.ticket`)).status).toBe(401);
    await operator.commit("order", { "switch/comments": switchBody("DEGRADED") });
  });

  function follow(uri: string): Promise<{ readonly text: string; readonly ended: Promise<void> }> {
    return new Promise((resolve, reject) => {
      get(`${server.url}${uri}`, (response) => {
        const followed = {
          text: "",
          ended: new Promise<void>((end) => {
            response.once("close", () => end());
          }),
        };
        response.on("error", () => undefined);
        response.on("data", (part: Buffer) => {
          followed.text += part.toString();
          resolve(followed);
        });
      }).on("error", reject);
    });
  }
});

test("who asks too often waits for as long as the answer says, and others don't", async () => {
  const greedy = await tokenFor("dev", "greedy");
  const answers = await Promise.all(Array.from({ length: 900 }, () => one("shared", greedy)));
  const refused = answers.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect((await one("comments")).status).toBe(200);
});

test("without etcd the last good flags are served, and said to be stale", async () => {
  worker.server.signal("SIGSTOP");
  try {
    const stale = await eventually(
      () => json(one("limit")),
      (answer) => (answer["metadata"] as { stale?: boolean }).stale === true,
      40_000,
    );
    expect(stale["value"]).toBe(7);
  } finally {
    worker.server.signal("SIGCONT");
  }
});

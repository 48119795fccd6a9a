import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClickHouseServer } from "../support/clickhouse-server.ts";
import { eventually } from "../support/eventually.ts";
import { bytesField, inPieces, traceBody } from "../support/otlp-bodies.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";
import { framed, type UnaryAnswer, unaryCall } from "../support/unary-call.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** What hostile or broken senders get, and that it costs bounded memory. */
const MIB = 1024 ** 2;
const QUEUE_MB = 80;
/** A process with nothing in hand, its queue, what Node keeps of freed buffers, and a body that is being unpacked. */
const MOST_RESIDENT_MB = 250 + 2 * QUEUE_MB;
const worker = useWorkerEtcd();
let clickhouse: ClickHouseServer;
let stage: TelemetryStage;
let token = "";
beforeAll(async () => {
  clickhouse = await ClickHouseServer.start();
  stage = await startTelemetryStage({
    etcd: worker.endpoint,
    env: {
      CLICKHOUSE_URL: clickhouse.url,
      LEVERFRAME_INGEST_QUEUE_MB: `${QUEUE_MB}`,
      LEVERFRAME_REDACT_KEYS: "customer.*",
      LEVERFRAME_REDACT_PATTERNS: JSON.stringify(["ACC-\\d+"]),
    },
  });
  token = await stage.token();
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await clickhouse[Symbol.asyncDispose]();
});

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

function post(
  body: Buffer | string | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
  url = `${stage.httpUrl}/v1/traces`,
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": PROTOBUF, authorization: `Bearer ${token}`, ...headers },
    body: body instanceof ReadableStream ? body : new Uint8Array(Buffer.from(body)),
    // A stream goes out while the answer is already awaited.
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    signal: AbortSignal.timeout(30_000),
  });
}

const count = async (where: string): Promise<number> =>
  (await clickhouse.rows<{ n: number }>(`SELECT count() AS n FROM otel_traces WHERE ${where}`))[0]?.n ?? 0;

const counted = async (line: string): Promise<number> => {
  const text = await stage.metrics();
  const found = text.split("\n").find((one) => one.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
};

async function residentMb(): Promise<number> {
  const [pid] = await stage.programs();
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}

describe("a request that is not right", () => {
  const good = (): Buffer => traceBody({ service: "order", spans: 2 });
  const span = (over: object): string =>
    JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ spanId: "00f067aa0ba902b7", ...over }] }] }],
    });

  test.each<[string, number, () => Promise<Response>]>([
    ["no token", 401, () => post(good(), { authorization: "" })],
    ["a wrong token", 401, () => post(good(), { authorization: "Bearer lf_wrong" })],
    ["another type", 415, () => post(good(), { "content-type": "text/plain" })],
    ["another packing", 415, () => post(good(), { "content-encoding": "br" })],
    ["protobuf that is cut off", 400, () => post(good().subarray(0, -7))],
    ["protobuf with another wire type", 400, () => post(Buffer.from([0x08, 1, 0x0d, 1, 2, 3, 4, 0x0c]))],
    ["random bytes", 400, () => post(Buffer.from("\xff\xfe\x01garbage", "latin1"))],
    ["no gzip", 400, () => post(good(), { "content-encoding": "gzip" })],
    [
      "gzip that is cut off",
      400,
      () => post(gzipSync(good()).subarray(0, 40), { "content-encoding": "gzip" }),
    ],
    ["JSON that is cut off", 400, () => post('{"resourceSpans":[{', { "content-type": JSON_TYPE })],
    ["JSON of another form", 400, () => post('{"resourceSpans":7}', { "content-type": JSON_TYPE })],
    ["an id that is no hex", 400, () => post(span({ traceId: "zz" }), { "content-type": JSON_TYPE })],
    ["no UTF-8", 400, () => post(Buffer.from([0x7b, 0xff, 0x7d]), { "content-type": JSON_TYPE })],
    ["JSON that is nested without end", 400, () => post("[".repeat(100_000), { "content-type": JSON_TYPE })],
    [
      "a known part nested without end",
      400,
      () => post(`{"a":${"[".repeat(100_000)}`, { "content-type": JSON_TYPE }),
    ],
    ["too large", 413, () => post(Buffer.alloc(65 * MIB))],
    ["a bomb", 413, () => post(gzipSync(Buffer.alloc(512 * MIB)), { "content-encoding": "gzip" })],
    ["too large, and nobody said so", 413, () => post(inPieces(70))],
    ["GET", 405, () => fetch(`${stage.httpUrl}/v1/traces`)],
    ["logs", 404, () => post(good(), {}, `${stage.httpUrl}/v1/logs`)],
    [
      "by the console's own port",
      400,
      () => post(good().subarray(0, -7), {}, `${stage.server.url}/v1/traces`),
    ],
  ])("%s is a %i with words", async (name, status, send) => {
    const before = await count("1");
    const answer = await send();
    const body = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(status);
    const isJson = answer.headers.get("content-type")?.startsWith(JSON_TYPE) ?? false;
    expect(isJson, name).toBe(
      name.startsWith("JSON") || name.includes("hex") || name.includes("UTF-8") || name.includes("nested"),
    );
    if (isJson) expect(JSON.parse(body.toString())).toMatchObject({ code: 3, message: expect.any(String) });
    // A Status in protobuf: its code, then its message.
    else expect(body.subarray(0, 1)).toEqual(Buffer.from([0x08]));
    expect(await count("1")).toBe(before);
    expect(await residentMb()).toBeLessThan(MOST_RESIDENT_MB);
  });

  test("empty requests succeed, in kind", async () => {
    const empty = await post(Buffer.alloc(0));
    expect([empty.status, empty.headers.get("content-type")]).toEqual([200, PROTOBUF]);
    expect((await empty.arrayBuffer()).byteLength).toBe(0);
    const json = await post("{}", { "content-type": `${JSON_TYPE}; charset=utf-8` });
    expect([json.status, await json.json()]).toEqual([200, {}]);
  });

  test("a body that drips is ended in time", async () => {
    const { hostname, port } = new URL(stage.httpUrl);
    const socket = connect(Number(port), hostname);
    const head = `POST /v1/traces HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: ${PROTOBUF}\r\ncontent-length: 1000\r\n\r\n`;
    socket.write(head);
    const drip = setInterval(() => socket.write("x"), 500);
    const fromMs = performance.now();
    let answer = "";
    socket.on("data", (part) => (answer += part.toString("latin1")));
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - fromMs).toBeLessThan(25_000);
  });
});

describe("rows that are not taken", () => {
  test("are counted, the others stored, and the sender told why", async () => {
    const narrow = await stage.token({ services: "order" });
    const body = Buffer.concat([
      traceBody({ service: "order", spans: 3, attributes: { kind: "mine" } }),
      traceBody({ service: "payment", spans: 2 }),
      traceBody({ service: "order", spans: 1, atMs: Date.now() - 9 * 24 * 3_600_000 }),
      traceBody({ service: "order", spans: 1, traceId: Buffer.alloc(3) }),
    ]);
    const answer = await post(body, { authorization: `Bearer ${narrow}` });
    const told = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(told.subarray(0, 1)).toEqual(Buffer.from([0x0a]));
    expect([...told.subarray(2, 4)]).toEqual([0x08, 4]);
    expect(told.toString()).toContain("This needs the role reporter in dev for payment.");
    expect(await count("SpanAttributes['kind'] = 'mine'")).toBe(3);
    expect(await count("ServiceName = 'payment'")).toBe(0);
    await eventually(
      () => counted('leverframe_ingest_rejected_rows_total{reason="forbidden"}'),
      (rows) => rows === 2,
    );
  });

  test("a token of one environment stamps what it brings, whatever it says of itself", async () => {
    const body = traceBody({
      service: "stamped",
      spans: 1,
      resource: { "deployment.environment.name": "prod", "deployment.environment": "prod" },
    });
    expect((await post(body)).status).toBe(200);
    expect(await count("ServiceName = 'stamped' AND Environment = 'dev'")).toBe(1);
    expect(await count("Environment = 'prod'")).toBe(0);
  });
});

test("secrets are cut out, by key and by form, and attributes past 50 left out; both are counted", async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`a${index}`, "1"]));
  const secrets = {
    "http.request.header.authorization": "Bearer abcdefghijklmnop",
    "user.password": "hunter2",
    "customer.name": "Ada",
    note: "card 4111 1111 1111 1111, ACC-4711, order 1234567890123456",
    "db.url": "postgres://shop:hush@db:5432/shop",
    jwt: "x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    plain: "nothing to hide",
  };
  const body = Buffer.concat([
    traceBody({ service: "redacted", spans: 1, attributes: secrets }),
    traceBody({ service: "many", spans: 2, attributes: many }),
  ]);
  expect((await post(body)).status).toBe(200);
  const [row] = await clickhouse.rows<{ a: Record<string, string> }>(
    "SELECT SpanAttributes AS a FROM otel_traces WHERE ServiceName = 'redacted'",
  );
  expect(row?.a).toEqual({
    "http.request.header.authorization": "[redacted]",
    "user.password": "[redacted]",
    "customer.name": "[redacted]",
    note: "card [redacted], [redacted], order 1234567890123456",
    "db.url": "postgres://[redacted]@db:5432/shop",
    jwt: "x [redacted]",
    plain: "nothing to hide",
  });
  expect(await count("ServiceName = 'many' AND length(mapKeys(SpanAttributes)) = 50")).toBe(2);
  await eventually(
    async () => [
      await counted("leverframe_ingest_redacted_values_total"),
      await counted("leverframe_ingest_dropped_attributes_total"),
    ],
    ([redacted, dropped]) => redacted === 6 && dropped === 20,
  );
});

test("ten times what it holds is refused with 503 and Retry-After, counted, in bounded memory; then it takes again", async () => {
  // About 20 MiB each: ten times what may be in hand.
  const body = traceBody({ service: "flood", spans: 2_000, attributes: { filling: "x".repeat(10_000) } });
  const answers = await Promise.all(
    Array.from({ length: Math.ceil((QUEUE_MB * MIB * 10) / body.length) }, () => post(body)),
  );
  const statuses = answers.map(({ status }) => status);
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  for (const answer of answers) {
    if (answer.status === 503) expect(answer.headers.get("retry-after")).toBe("1");
  }
  const refused = statuses.filter((status) => status === 503).length;
  await eventually(
    () =>
      counted(
        'leverframe_ingest_requests_total{signal="traces",protocol="http/protobuf",outcome="overloaded"}',
      ),
    (seen) => seen === refused,
  );
  expect(await count("ServiceName = 'flood'")).toBe((statuses.length - refused) * 2_000);
  expect(await residentMb()).toBeLessThan(MOST_RESIDENT_MB);
  await eventually(
    () => counted("leverframe_ingest_held_bytes"),
    (held) => held === 0,
  );
  expect((await post(traceBody({ service: "after", spans: 1 }))).status).toBe(200);
});

describe("over gRPC", () => {
  const call = (message: Buffer, headers: Record<string, string> = {}, path?: string) =>
    unaryCall(stage.grpcUrl, message, { authorization: `Bearer ${token}`, ...headers }, path);
  const good = traceBody({ service: "by-hand", spans: 1 });

  test.each<[string, string, () => Promise<UnaryAnswer>]>([
    ["what is right", "0", () => call(framed(good))],
    ["what is right and packed", "0", () => call(framed(gzipSync(good), 1), { "grpc-encoding": "gzip" })],
    ["an empty message", "0", () => call(framed(Buffer.alloc(0)))],
    ["a wrong token", "16", () => call(framed(good), { authorization: "Bearer lf_wrong" })],
    ["a message that is cut off", "3", () => call(framed(good).subarray(0, -4))],
    ["broken protobuf", "3", () => call(framed(bytesField(1, bytesField(2, "x"))))],
    ["a bomb", "8", () => call(framed(gzipSync(Buffer.alloc(256 * MIB)), 1), { "grpc-encoding": "gzip" })],
    ["another packing", "12", () => call(framed(good), { "grpc-encoding": "zstd" })],
    ["another service", "12", () => call(framed(good), {}, "/x.Y/Z")],
  ])("%s is answered %s", async (_, status, send) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    if (status === "0") expect(answer.body).toEqual(Buffer.alloc(5));
    else expect(answer.words.length).toBeGreaterThan(10);
    expect(await residentMb()).toBeLessThan(MOST_RESIDENT_MB);
  });
});

test("a token counts no more once it is revoked, and a viewer's counts too", async () => {
  const made = await stage.people.machineToken([{ role: "viewer", env: "dev", services: "*" }]);
  const headers = { authorization: made.caller["authorization"] ?? "" };
  const body = traceBody({ service: "order", spans: 1 });
  expect((await post(body, headers)).status).toBe(200);
  await stage.people.do("tokens.revoke", { key: made.key });
  await eventually(
    async () => {
      await sleep(20);
      return (await post(body, headers)).status;
    },
    (status) => status === 401,
  );
});

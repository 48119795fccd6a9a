import path from "node:path";
import { liveKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { run } from "../support/demo-process.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** The real server over its own port: who gets in, what it refuses, and that a refusal stores nothing. */
const worker = useWorkerEtcd();
let server: ControlPlaneProcess;
let levers: LeverPort;
let token = "";
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  levers = await server.levers();
  token = await server.token();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;
const edit = (name: string, extra: object = {}) => ({
  service: "order",
  kind: "switch" as const,
  name,
  op: "put" as const,
  spec,
  baseRevision: 0,
  ...extra,
});
const request = (name: string, extra: object = {}) => ({
  env: "dev",
  id: ulid(),
  reason: "why",
  edits: [edit(name, extra)],
});
const call = (pathname: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.url}${pathname}`, { ...init, signal: AbortSignal.timeout(10_000) });
const bearer = (): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
});
const levelsInEtcd = async (): Promise<number> =>
  (await worker.etcd.range({ prefix: "/leverframe/v1/env/dev/", countOnly: true })).count;

async function signIn(): Promise<string> {
  const link = new URL(await levers.createLoginLink());
  const answer = await call("/api/auth/exchange", {
    method: "POST",
    headers: { origin: server.url },
    body: JSON.stringify({ code: link.searchParams.get("code") }),
  });
  expect(answer.status).toBe(204);
  return answer.headers.get("set-cookie")!.split(";")[0]!;
}

function connect(headers: Record<string, string>): Promise<number | "open"> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/ws`, { headers });
    socket.on("open", () => {
      socket.close();
      resolve("open");
    });
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => resolve(0));
  });
}

describe("nothing is served without sign-in", () => {
  test.each(["levers.board", "fleet.services", "levers.get", "convergence.byChange"])(
    "%s",
    async (procedure) => {
      expect(
        (await call(`/api/trpc/${procedure}?input=${encodeURIComponent('{"json":{"env":"dev"}}')}`)).status,
      ).toBe(401);
    },
  );

  test.each([
    "publish.commit",
    "publish.dryRun",
    "epoch.confirm",
    "epoch.createEnvironment",
    "session.createLoginLink",
  ])("%s", async (procedure) => {
    const before = await levelsInEtcd();
    const body = JSON.stringify({ json: request("anonymous") });
    expect(
      (
        await call(`/api/trpc/${procedure}`, {
          method: "POST",
          body,
          headers: { "content-type": "application/json", origin: server.url },
        })
      ).status,
    ).toBe(401);
    expect(await levelsInEtcd()).toBe(before);
  });

  test("metrics and the socket neither; health is open", async () => {
    expect((await call("/metrics")).status).toBe(401);
    expect(await connect({ origin: server.url })).toBe(401);
    expect((await call("/healthz")).status).toBe(200);
    expect(await (await call("/readyz")).json()).toMatchObject({
      ready: true,
      checks: { "etcd/dev": { ok: true } },
    });
    const metrics = await call("/metrics", { headers: bearer() });
    expect(await metrics.text()).toContain("leverframe_environment_following");
  });
});

describe("a session", () => {
  test("comes from a link that works once, and rides only on requests of our own pages", async () => {
    const link = new URL(await levers.createLoginLink());
    const exchange = (): Promise<Response> =>
      call("/api/auth/exchange", {
        method: "POST",
        headers: { origin: server.url },
        body: JSON.stringify({ code: link.searchParams.get("code") }),
      });
    const both = await Promise.all([exchange(), exchange()]);
    expect(both.map((one) => one.status).sort((a, b) => a - b)).toEqual([204, 401]);
    const cookie = await signIn();
    const commit = (origin: string): Promise<Response> =>
      call("/api/trpc/publish.commit", {
        method: "POST",
        headers: { cookie, origin, "content-type": "application/json" },
        body: JSON.stringify({ json: request(`s-${ulid().toLowerCase()}`) }),
      });
    expect((await commit(server.url)).status).toBe(200);
    expect((await commit("https://elsewhere.example")).status).toBe(403);
    expect(await connect({ cookie, origin: server.url })).toBe("open");
    expect(await connect({ cookie, origin: "https://elsewhere.example" })).toBe(403);
  });

  test("that is forged or stale is nobody's", async () => {
    const cookie = await signIn();
    const forged = `${cookie.slice(0, -2)}${cookie.endsWith("AA") ? "BB" : "AA"}`;
    for (const wrong of [
      forged,
      "leverframe_session=",
      "leverframe_session=a.b",
      "leverframe_session=a.b.c",
    ]) {
      expect(
        (await call('/api/trpc/levers.board?input={"json":{"env":"dev"}}', { headers: { cookie: wrong } }))
          .status,
      ).toBe(401);
    }
  });

  test("a name that is not ours reaches nothing", async () => {
    const { request: send } = await import("node:http");
    const status = await new Promise((resolve) => {
      send(`${server.url}/api/trpc/session.me`, { headers: { host: "rebound.example" } }, (response) =>
        resolve(response.statusCode),
      ).end();
    });
    expect(status).toBe(421);
  });
});

describe("bad input gets a 4xx with a reason, and stores nothing", () => {
  const send = (body: string): Promise<Response> =>
    call("/api/trpc/publish.commit", { method: "POST", headers: bearer(), body });
  const messageOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { error: { json: { message: string } } }).error.json.message;

  test.each([
    ["no JSON", "{", 400, /./],
    ["nothing", "", 400, /./],
    ["null", "null", 400, /./],
    ["a list", '{"json":[]}', 400, /env/],
    ["no reason", JSON.stringify({ json: { ...request("a"), reason: "" } }), 400, /reason must not be empty/],
    [
      "an unknown kind",
      JSON.stringify({ json: request("a", { kind: "gizmo" }) }),
      400,
      /kind must be one of config, switch/,
    ],
    [
      "an invalid spec",
      JSON.stringify({ json: request("a", { spec: { ...spec, position: "ON" } }) }),
      400,
      /position: must be NORMAL or DEGRADED/,
    ],
    [
      "an unknown environment",
      JSON.stringify({ json: { ...request("a"), env: "moon" } }),
      404,
      /There are: dev, prod/,
    ],
    ["another release's field", JSON.stringify({ json: { ...request("a"), turbo: true } }), 400, /turbo/],
    ["a strange id", JSON.stringify({ json: { ...request("a"), id: "1" } }), 400, /ULID/],
    [
      "too large a spec",
      JSON.stringify({
        json: request("a", { kind: "config", spec: { format: "text", value: "x".repeat(300_000) } }),
      }),
      413,
      /at most 262144/,
    ],
    ["too large a body", JSON.stringify({ json: request("a", { spec: "x".repeat(5_000_000) }) }), 413, /./],
    ["a polluted prototype", '{"json":{"__proto__":{"polluted":1},"env":"dev"}}', 400, /./],
  ])("%s", async (_, body, status, message) => {
    const before = await levelsInEtcd();
    const response = await send(body);
    expect(response.status).toBe(status);
    expect(await messageOf(response)).toMatch(message);
    expect(await levelsInEtcd()).toBe(before);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("a fault of ours is masked, and nothing of a stack is told", async () => {
    for (const response of [await send("{"), await call("/api/trpc/no.such", { headers: bearer() })]) {
      expect(await response.text()).not.toMatch(/node_modules|dist\/server|at async/);
    }
  });
});

test("two consoles: what one publishes the other is told within a second, and resumes after a cut", async () => {
  const cookie = await signIn();
  const open = (): Promise<{ socket: WebSocket; events: { id: string; data: unknown }[] }> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/ws`, {
        headers: { cookie, origin: server.url },
      });
      const events: { id: string; data: unknown }[] = [];
      socket.on("message", (text: Buffer) => {
        if (text.toString() === "PING") return;
        const message = JSON.parse(text.toString()) as {
          result?: { type: string; data?: { json: { id: string; data: unknown } } };
        };
        if (message.result?.type === "data" && message.result.data) events.push(message.result.data.json);
      });
      socket.on("open", () => resolve({ socket, events }));
      socket.on("error", reject);
    });
  const subscribe = (socket: WebSocket, lastEventId?: string): void =>
    socket.send(
      JSON.stringify({
        id: 1,
        jsonrpc: "2.0",
        method: "subscription",
        params: { path: "events.stream", input: { json: { env: "dev" } }, lastEventId },
      }),
    );
  const until = async (holds: () => boolean, ms: number): Promise<void> => {
    const deadline = performance.now() + ms;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error("not in time");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const other = await open();
  subscribe(other.socket);
  const first = await open();
  subscribe(first.socket);
  await until(() => first.events.length >= 2, 2_000);
  const name = `told-${ulid().toLowerCase()}`;
  await levers.publish(request(name));
  await until(() => JSON.stringify(first.events).includes(name), 1_000);
  const last = first.events.at(-1)!.id;
  first.socket.terminate();
  const missed = `missed-${ulid().toLowerCase()}`;
  await levers.publish(request(missed));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const second = await open();
  subscribe(second.socket, last);
  await until(() => JSON.stringify(second.events).includes(missed), 1_000);
  expect(JSON.stringify(second.events)).not.toContain(name);
  expect(JSON.stringify(other.events)).toContain(name);

  // With nobody there rows are not worked out: who comes back is told to ask.
  const seen = second.events.at(-1)!.id;
  for (const { socket } of [other, second]) socket.terminate();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await levers.publish(request(`unseen-${ulid().toLowerCase()}`));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const third = await open();
  subscribe(third.socket, seen);
  const asks = (): boolean =>
    third.events.some(({ data }) => {
      const event = data as { type: string; levers?: unknown };
      return event.type === "levers" && event.levers === undefined;
    });
  await until(asks, 1_000);
  third.socket.close();
});

describe("the CLI", () => {
  const cli = (...args: string[]) =>
    run([path.resolve("dist/cli.mjs"), "--env", "dev", ...args], {
      LEVERFRAME_DATA: server.dataDir,
      LEVERFRAME_SERVER: server.url,
      ETCD_ENDPOINTS: worker.endpoint,
    });

  test.each([
    ["through the console", []],
    ["with etcd alone", ["--direct"]],
  ] as const)("sets, flips, diffs, applies and exports %s", async (_, flags) => {
    const name = `c${ulid().toLowerCase()}`;
    const ref = `payment/switch/${name}`;
    expect(
      (
        await cli(
          ...flags,
          "set",
          ref,
          "position=NORMAL",
          "level=core",
          "strategy=simplified",
          "-r",
          "make it",
        )
      ).code,
    ).toBe(0);
    expect((await cli(...flags, "flip", ref, "-r", "pull it")).stdout).toContain(
      "position NORMAL → DEGRADED",
    );
    const got = JSON.parse((await cli(...flags, "--json", "get", ref)).stdout) as {
      version: number;
      author: { kind: string };
    };
    expect(got).toMatchObject({ version: 2, author: { kind: flags.length > 0 ? "direct" : "token" } });
    const exported = await cli(...flags, "export", "--service", "payment");
    const document = JSON.parse(exported.stdout) as {
      levers: { name: string; spec: { position: string } }[];
    };
    const lever = document.levers.find((one) => one.name === name)!;
    expect(lever.spec.position).toBe("DEGRADED");
    lever.spec.position = "NORMAL";
    const { writeFile, mkdtemp } = await import("node:fs/promises");
    const file = path.join(
      await mkdtemp(path.join((await import("node:os")).tmpdir(), "leverframe-apply-")),
      "levers.json",
    );
    await writeFile(file, JSON.stringify(document));
    expect((await cli(...flags, "diff", file)).stdout).toContain("position DEGRADED → NORMAL");
    expect((await cli(...flags, "apply", file, "-r", "as the file says")).code).toBe(0);
    expect((await cli(...flags, "apply", file, "-r", "again")).stdout).toContain("Nothing differs");
    const receipts = await cli(...flags, "receipts", ref);
    expect(receipts.stdout).toMatch(/0\/0 applied/);
    expect((await cli(...flags, "doctor")).stdout).toMatch(/ok +environment/);
  });

  test("says by its exit code what kind of no it was", async () => {
    const name = `e${ulid().toLowerCase()}`;
    expect((await cli("get", "order/switch/none")).code).toBe(1);
    expect((await cli("get", "order/gizmo/none")).code).toBe(2);
    expect((await cli("flip", "order/switch/none")).code).toBe(2);
    expect((await cli("set", `order/switch/${name}`, "position=ON", "-r", "x")).code).toBe(2);
    expect((await cli("--server", "http://127.0.0.1:9", "get")).code).toBe(4);
    const stranger = await run([path.resolve("dist/cli.mjs"), "get"], {
      LEVERFRAME_DATA: "/nonexistent",
      LEVERFRAME_SERVER: server.url,
    });
    expect(stranger.code).toBe(6);
    const id = ulid();
    const args = [
      "set",
      `order/switch/${name}`,
      "position=NORMAL",
      "level=core",
      "strategy=simplified",
      "-r",
      "x",
      "--id",
      id,
    ];
    expect((await cli(...args)).code).toBe(0);
    const other = await cli(
      "set",
      `order/switch/${name}2`,
      "position=NORMAL",
      "level=core",
      "strategy=simplified",
      "-r",
      "x",
      "--id",
      id,
    );
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("was used for another change set");
  });
});

test("a lever that somebody wrote past us shows as unattributed, and one that can't be read with its fault", async () => {
  const name = `p${ulid().toLowerCase()}`;
  await worker.etcd.put(
    liveKey("dev", edit(name)),
    JSON.stringify({
      schema: 1,
      spec,
      meta: { version: 1, changeSetId: ulid(), updatedAt: new Date().toISOString() },
    }),
  );
  await worker.etcd.put(liveKey("dev", edit(`${name}x`)), "nonsense");
  const look = async () =>
    (await levers.board("dev", { service: "order" })).levers.filter((row) => row.name.startsWith(name));
  await expect.poll(async () => (await look()).length).toBe(2);
  const rows = await look();
  expect(rows[1]).toMatchObject({ unattributed: true, fault: expect.stringMatching(/JSON/) });
});

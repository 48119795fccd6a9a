import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessRoot } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { Scope } from "../../src/domain/access.ts";
import { hashOf } from "../../src/features/access/access-service.ts";
import { bearer, type Caller, ConsolePeople, cookieOf } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** What was taken away counts at once: on every replica, on open sockets, after a restart, and with SQL down. */
const worker = useWorkerEtcd();
const SHARED_KEY = "a session key that both replicas were given";
const ADMIN: Scope = { role: "admin", env: "*", services: "*" };
const OPERATOR: Scope = { role: "operator", env: "dev", services: "*" };
const VIEWER: Scope = { role: "viewer", env: "dev", services: "*" };

let database = "";
let server: ControlPlaneProcess;
let replica: ControlPlaneProcess;
let people: ConsolePeople;
const start = (env: Record<string, string> = {}): Promise<ControlPlaneProcess> =>
  ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: "dev,prod",
    env: {
      LEVERFRAME_SESSION_KEY: SHARED_KEY,
      LEVERFRAME_REAUTHORIZE_MS: "200",
      DATABASE_URL: `file:${path.join(database, "shared.db")}`,
      ...env,
    },
  });
beforeAll(async () => {
  database = await mkdtemp(path.join(tmpdir(), "leverframe-access-"));
  server = await start();
  replica = await start();
  people = new ConsolePeople(server.url, await server.token());
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await replica[Symbol.asyncDispose]();
  await rm(database, { recursive: true, force: true });
});

const board = (caller: Caller, url = server.url) =>
  new ConsolePeople(url, "").ask(caller, "query", "levers.board", { env: "dev" });
const flip = (caller: Caller, url = server.url) =>
  new ConsolePeople(url, "").ask(caller, "mutation", "publish.commit", {
    env: "dev",
    id: ulid(),
    reason: "why",
    edits: [
      {
        service: "order",
        kind: "switch",
        name: `s${ulid().toLowerCase()}`,
        op: "put",
        spec: { position: "NORMAL", level: "non-core", strategy: "simplified" },
        baseRevision: 0,
      },
    ],
  });

/** An open socket, and how it ended. */
function connect(
  caller: Caller,
  url: string,
  origin = url,
): Promise<{ socket: WebSocket; ended: Promise<number> } | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/ws`, { headers: { ...caller, origin } });
    const ended = new Promise<number>((end) => socket.on("close", (code) => end(code)));
    socket.on("open", () => resolve({ socket, ended }));
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => resolve(0));
  });
}
const opened = async (caller: Caller, url: string) => {
  const found = await connect(caller, url);
  if (typeof found === "number") throw new Error(`the socket was refused with ${found}`);
  return found;
};

describe("an open socket is closed", () => {
  test.each([
    [
      "when its session is signed out",
      4401,
      async (caller: Caller): Promise<void> => void (await people.post("/api/auth/sign-out", {}, caller)),
    ],
    [
      "when its person is disabled",
      4401,
      async (_: Caller, id: string): Promise<void> =>
        void (await people.do("people.disable", { person: id })),
    ],
    [
      "when all sessions of its person are revoked",
      4401,
      async (_: Caller, id: string): Promise<void> =>
        void (await people.do("people.revokeSessions", { person: id })),
    ],
    [
      "when its person loses a right",
      4403,
      async (_: Caller, id: string): Promise<void> => {
        for (const grant of await people.grantsOf(id)) {
          if (grant.role === "operator") await people.do("grants.take", { id: grant.id });
        }
      },
    ],
  ] as const)("%s, on the replica that did it and on the other", async (_, code, take) => {
    const { caller, id } = await people.person([OPERATOR, VIEWER]);
    const here = await opened(caller, server.url);
    const there = await eventually(
      () => connect(caller, replica.url),
      (found) => typeof found !== "number",
    );
    await take(caller, id);
    expect(await here.ended).toBe(code);
    expect(await (there as { ended: Promise<number> }).ended).toBe(code);
  });

  test("when its token ends by itself", async () => {
    const token = `lf_${ulid()}`;
    const record = { id: "short", scopes: [VIEWER], expiresAt: new Date(Date.now() + 2_000).toISOString() };
    await worker.etcd.put(`${accessRoot}tokens/${hashOf(token)}`, JSON.stringify(record));
    const found = await eventually(
      () => connect(bearer(token), server.url),
      (answer) => typeof answer !== "number",
    );
    expect(await (found as { ended: Promise<number> }).ended).toBe(4401);
    expect(await connect(bearer(token), server.url)).toBe(401);
  });

  test("not when a right is given, and never opened for another origin", async () => {
    const { caller, id } = await people.person([VIEWER]);
    const { socket } = await opened(caller, server.url);
    await people.do("grants.give", { subject: { kind: "person", id }, ...OPERATOR });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
    expect(await connect(caller, server.url, "https://elsewhere.example")).toBe(403);
  });

  test("a call over a socket is judged by the rights of its moment", async () => {
    const { caller } = await people.person([VIEWER]);
    const { socket } = await opened(caller, server.url);
    const answer = new Promise<string>((resolve) =>
      socket.on("message", (text: Buffer) => {
        if (text.toString() !== "PING") resolve(text.toString());
      }),
    );
    const params = { path: "epoch.confirm", input: { json: { env: "dev" } } };
    socket.send(JSON.stringify({ id: 1, jsonrpc: "2.0", method: "mutation", params }));
    expect(await answer).toContain("needs the role admin in dev");
    socket.close();
  });
});

describe("a revocation counts at once", () => {
  test("of a token: here with the answer, elsewhere within the watch", async () => {
    const token = await people.machineToken([OPERATOR]);
    await eventually(
      () => flip(token.caller, replica.url),
      ({ status }) => status === 200,
    );
    await people.do("tokens.revoke", { key: token.key });
    expect((await flip(token.caller)).status).toBe(401);
    await eventually(
      () => flip(token.caller, replica.url),
      ({ status }) => status === 401,
      1_000,
    );
  });

  test("of a session and of a right", async () => {
    const { caller, id } = await people.person([OPERATOR, VIEWER]);
    expect((await flip(caller)).status).toBe(200);
    for (const grant of await people.grantsOf(id)) {
      if (grant.role === "operator") await people.do("grants.take", { id: grant.id });
    }
    expect((await flip(caller)).status).toBe(403);
    expect((await board(caller)).status).toBe(200);
    const out = await people.post("/api/auth/sign-out", {}, caller);
    expect(out.status).toBe(204);
    expect((await board(caller)).status).toBe(401);
  });

  test("of this machine's own token, also after a restart", async () => {
    const third = await start();
    const own = new ConsolePeople(third.url, await third.token());
    const hash = hashOf(await third.token());
    await own.do("tokens.revoke", { key: hash.slice(0, 16) });
    expect((await board(own.admin, third.url)).status).toBe(401);
    await third.stop();
    await third.up();
    expect((await board(own.admin, third.url)).status).toBe(401);
    await third[Symbol.asyncDispose]();
  });
});

test("a person's token does no more than its owner, and ends with them", async () => {
  const owner = await people.person([OPERATOR]);
  const made = await people.do<{ token: string; key: string }>(
    "tokens.create",
    { name: "mine", scopes: [OPERATOR], expiresInDays: 1 },
    owner.caller,
  );
  const token = bearer(made.token);
  expect((await flip(token)).status).toBe(200);
  const beyond = { name: "beyond", scopes: [ADMIN], expiresInDays: 1 };
  expect((await people.ask(owner.caller, "mutation", "tokens.create", beyond)).status).toBe(403);
  const machine = { name: "machine", scopes: [OPERATOR], expiresInDays: 1, machine: true };
  expect((await people.ask(owner.caller, "mutation", "tokens.create", machine)).status).toBe(403);
  const child = { name: "child", scopes: [OPERATOR], expiresInDays: 1 };
  expect((await people.ask(token, "mutation", "tokens.create", child)).status).toBe(403);
  const stranger = await people.person([VIEWER]);
  expect((await people.ask(stranger.caller, "mutation", "tokens.revoke", { key: made.key })).status).toBe(
    404,
  );
  for (const grant of await people.grantsOf(owner.id)) await people.do("grants.take", { id: grant.id });
  expect((await flip(token)).status).toBe(403);
  await people.do("people.disable", { person: owner.id });
  expect((await flip(token)).status).toBe(401);
});

test("the break-glass token does everything, loudly, and is replaced by the next", async () => {
  const first = await people.do<{ token: string }>("tokens.breakGlass", null);
  expect((await flip(bearer(first.token))).status).toBe(200);
  await eventually(
    () => server.log,
    (log) => log.includes("the break-glass token was used"),
  );
  const metrics = await fetch(`${server.url}/metrics`, { headers: { ...people.admin } });
  expect(await metrics.text()).toMatch(/leverframe_break_glass_total [1-9]/);
  const second = await people.do<{ token: string }>("tokens.breakGlass", null);
  expect((await flip(bearer(first.token))).status).toBe(401);
  expect((await flip(bearer(second.token))).status).toBe(200);
});

test("SQL stopped and the control plane restarted: who could still can, who could not still can't", async () => {
  const operator = await people.person([OPERATOR]);
  const viewer = await people.person([VIEWER]);
  const token = await people.machineToken([OPERATOR]);
  const revoked = await people.machineToken([ADMIN]);
  await people.do("tokens.revoke", { key: revoked.key });
  const dark = await start({ DATABASE_URL: "postgresql://nobody:nothing@127.0.0.1:9/none" });
  expect((await flip(operator.caller, dark.url)).status).toBe(200);
  expect((await flip(token.caller, dark.url)).status).toBe(200);
  expect((await board(viewer.caller, dark.url)).status).toBe(200);
  expect((await flip(viewer.caller, dark.url)).status).toBe(403);
  expect((await flip(revoked.caller, dark.url)).status).toBe(401);

  const there = new ConsolePeople(dark.url, await dark.token());
  const signIn = await there.post("/api/auth/sign-in", {
    email: operator.email,
    password: operator.password,
  });
  expect(signIn.status).toBe(503);
  expect(await signIn.text()).not.toMatch(/127\.0\.0\.1|postgres|nobody/);
  const { url } = await there.do<{ url: string }>("session.createLoginLink", null);
  const linked = await there.post("/api/auth/exchange", { code: new URL(url).searchParams.get("code") });
  expect(linked.status).toBe(204);
  expect((await flip(cookieOf(linked), dark.url)).status).toBe(200);
  expect((await there.ask(there.admin, "query", "audit.list", {})).status).toBe(503);

  await dark.stop();
  await dark.up();
  expect((await flip(operator.caller, dark.url)).status).toBe(200);
  expect((await flip(token.caller, dark.url)).status).toBe(200);
  expect((await flip(viewer.caller, dark.url)).status).toBe(403);
  expect((await flip(revoked.caller, dark.url)).status).toBe(401);

  // With SQL back, all of it is in the log, once.
  await dark.stop();
  dark.use({
    env: { LEVERFRAME_SESSION_KEY: SHARED_KEY, DATABASE_URL: `file:${path.join(database, "dark.db")}` },
  });
  await dark.up();
  const rows = await eventually(
    async () => {
      const page = await there.ask<{
        rows: { id: string; action: string; outcome: string; actor: { id: string } }[];
      }>(there.admin, "query", "audit.list", { action: "publish.commit", limit: 200 });
      return page.data?.rows ?? [];
    },
    (found) => found.filter(({ outcome }) => outcome === "done").length >= 5,
  );
  expect(rows.filter(({ outcome }) => outcome === "done")).toHaveLength(5);
  expect(rows.filter(({ actor, outcome }) => actor.id === viewer.id && outcome === "refused")).toHaveLength(
    2,
  );
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  await dark[Symbol.asyncDispose]();
});

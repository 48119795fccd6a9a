import { afterAll, beforeAll, expect, test } from "vitest";
import { type Caller, ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** etcd gone: who is who is still known from memory; what would change it says that it can't be done. */
const worker = useWorkerEtcd();
let server: ControlPlaneProcess;
let people: ConsolePeople;
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  people = new ConsolePeople(server.url, await server.token());
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test("people and tokens are told apart as before, changes are refused with 503, and all goes on afterwards", async () => {
  const viewer = await people.person([{ role: "viewer", env: "dev", services: "*" }]);
  const token = await people.machineToken([{ role: "viewer", env: "dev", services: "*" }]);
  const board = async (caller: Caller, env: string): Promise<number> =>
    (await people.ask(caller, "query", "levers.board", { env })).status;
  await worker.server.kill();

  for (const caller of [viewer.caller, token.caller]) {
    expect(await board(caller, "dev")).toBe(200);
    expect(await board(caller, "prod")).toBe(403);
  }
  expect(await board({ authorization: "Bearer lf_nobody" }, "dev")).toBe(401);
  for (const [procedure, input] of [
    ["people.create", { email: "late@example.com", name: "Late" }],
    ["people.disable", { person: viewer.id }],
    ["grants.give", { subject: { kind: "person", id: viewer.id }, role: "admin", env: "*", services: "*" }],
    [
      "tokens.create",
      { name: "late", scopes: [{ role: "viewer", env: "dev", services: "*" }], machine: true },
    ],
    ["tokens.revoke", { key: token.key }],
    ["session.createLoginLink", null],
    ["approvals.list", { env: "dev" }],
  ] as const) {
    const type = procedure === "approvals.list" ? "query" : "mutation";
    const answer = await people.ask(people.admin, type, procedure, input);
    expect([procedure, answer.status, answer.code]).toEqual([procedure, 503, "UNAVAILABLE"]);
  }
  const exchange = await people.post("/api/auth/exchange", { code: "a".repeat(32) });
  expect(exchange.status).toBe(503);
  // The browser forgets its session in any case.
  const out = await people.post("/api/auth/sign-out", {}, viewer.caller);
  expect(out.status).toBe(204);
  expect(out.headers.get("set-cookie")).toContain("Max-Age=0");

  await worker.server.up();
  await eventually(
    async () => (await people.ask(people.admin, "mutation", "tokens.revoke", { key: token.key })).status,
    (status) => status === 200,
    20_000,
  );
  expect(await board(token.caller, "dev")).toBe(401);
});

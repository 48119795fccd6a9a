import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditEvent } from "../../src/features/audit/audit-event.ts";
import { type Caller, ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Passwords and the audit log on a real PostgreSQL that goes away and comes back. */
const worker = useWorkerEtcd();
let postgres: PostgresServer;
let server: ControlPlaneProcess;
let people: ConsolePeople;
beforeAll(async () => {
  postgres = await PostgresServer.start();
  server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: "dev",
    env: { DATABASE_URL: await postgres.createDatabase("people") },
  });
  people = new ConsolePeople(server.url, await server.token());
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const commit = (caller: Caller) =>
  people.ask(caller, "mutation", "publish.commit", {
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

test("who signed in goes on while it is stopped; passwords and the log are back with it, each entry once", async () => {
  const person = await people.person([{ role: "operator", env: "dev", services: "*" }]);
  expect((await commit(await people.signIn(person))).status).toBe(200);

  await postgres.kill();
  await eventually(
    async () =>
      (await people.post("/api/auth/sign-in", { email: person.email, password: person.password })).status,
    (status) => status === 503,
    30_000,
  );
  for (let round = 0; round < 20; round += 1) expect((await commit(person.caller)).status).toBe(200);

  await postgres.up();
  await eventually(
    async () =>
      (await people.post("/api/auth/sign-in", { email: person.email, password: person.password })).status,
    (status) => status === 204,
    30_000,
  );
  const rows = await eventually(
    async () => {
      const page = await people.ask<{ rows: AuditEvent[] }>(people.admin, "query", "audit.list", {
        action: "publish.commit",
        limit: 200,
      });
      return page.data?.rows ?? [];
    },
    (found) => found.length >= 21,
    30_000,
  );
  expect(rows).toHaveLength(21);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(21);
  expect(rows.every(({ actor, outcome }) => actor.id === person.id && outcome === "done")).toBe(true);
}, 120_000);

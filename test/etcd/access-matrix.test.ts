import { accessRoot, LIMITS } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allows, allowsControl, ROLES, reportsOnly, type Scope } from "../../src/domain/access.ts";
import { hashOf } from "../../src/features/access/access-service.ts";
import { type AppPorts, createAppRouter } from "../../src/server/app-router.ts";
import { needOf, type Rule } from "../../src/server/trpc.ts";
import { bearer, type Caller, ConsolePeople, NOBODY } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Every procedure × every sort of caller, against the real server over HTTP. A new procedure is walked by itself. */
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

/** Only what a page needs before sign-in. */
const OPEN: ReadonlySet<string> = new Set(["session.me"]);

interface Procedure {
  readonly path: string;
  readonly type: "query" | "mutation" | "subscription";
  readonly rule: Rule | undefined;
}

/** A port that stands for any: the walk only reads what procedures say of themselves. */
const anyPort: unknown = new Proxy(() => undefined, { get: () => anyPort, apply: () => anyPort });
/** Nothing is scheduled, in the walk as on the server. */
const automation = { schedules: { list: () => [] }, upcoming: () => [] };
const ports: unknown = new Proxy({}, { get: (_, name) => (name === "automation" ? automation : anyPort) });
const router = createAppRouter(ports as AppPorts);
const procedures: readonly Procedure[] = Object.entries(
  router._def.procedures as unknown as Record<string, { _def: { type: string; meta?: { rule?: Rule } } }>,
).map(([path, { _def }]) => ({ path, type: _def.type as Procedure["type"], rule: _def.meta?.rule }));

/** Enough to be judged by, and too little to be done: whoever is let in gets a 4xx of another sort, or an answer. */
const input = {
  env: "dev",
  service: "order",
  id: "no-such",
  edits: [{ service: "order", kind: "switch", name: "walked" }],
};

const viewer: Scope = { role: "viewer", env: "dev", services: "*" };
const reporter: Scope = { role: "reporter", env: "dev", services: "*" };
const operator: Scope = { role: "operator", env: "dev", services: "order" };
const callers: Record<string, { scopes: readonly Scope[]; make: () => Promise<Caller> }> = {
  nobody: { scopes: [], make: () => Promise.resolve(NOBODY) },
  "a person without rights": { scopes: [], make: async () => (await people.person([])).caller },
  viewer: { scopes: [viewer], make: async () => (await people.person([viewer])).caller },
  operator: { scopes: [operator], make: async () => (await people.person([operator])).caller },
  ...Object.fromEntries(
    (
      [
        ["operator of another environment", { role: "operator", env: "prod", services: "*" }],
        ["operator of another service", { role: "operator", env: "dev", services: "pay-*" }],
        ["admin of the environment", { role: "admin", env: "dev", services: "*" }],
        ["admin", { role: "admin", env: "*", services: "*" }],
      ] as const
    ).map(([name, scope]) => [
      name,
      { scopes: [scope], make: async () => (await people.person([scope])).caller },
    ]),
  ),
  "viewer's token": { scopes: [viewer], make: async () => (await people.machineToken([viewer])).caller },
  "reporter's token": {
    scopes: [reporter],
    make: async () => (await people.machineToken([reporter])).caller,
  },
  "expired token": { scopes: [], make: expiredToken },
  "revoked token": {
    scopes: [],
    async make() {
      const token = await people.machineToken([{ role: "admin", env: "*", services: "*" }]);
      await people.do("tokens.revoke", { key: token.key });
      return token.caller;
    },
  },
  "disabled person": {
    scopes: [],
    async make() {
      const person = await people.person([{ role: "admin", env: "*", services: "*" }]);
      await people.do("people.disable", { person: person.id });
      return person.caller;
    },
  },
};
const UNKNOWN: ReadonlySet<string> = new Set(["nobody", "expired token", "revoked token", "disabled person"]);

async function expiredToken(): Promise<Caller> {
  const token = `lf_${ulid()}`;
  const record = {
    id: "expired",
    scopes: [{ role: "admin", env: "*", services: "*" }],
    createdAt: new Date(0).toISOString(),
    expiresAt: new Date(Date.now() - 1).toISOString(),
  };
  await worker.etcd.put(`${accessRoot}tokens/${hashOf(token)}`, JSON.stringify(record));
  await eventually(
    async () =>
      (await people.ask<{ id: string; expired: boolean }[]>(people.admin, "query", "tokens.list")).data,
    (rows) => rows.some(({ id, expired }) => id === "expired" && expired),
  );
  return bearer(token);
}

function letIn(procedure: Procedure, name: string, scopes: readonly Scope[]): boolean {
  if (OPEN.has(procedure.path)) return true;
  const { rule } = procedure;
  if (UNKNOWN.has(name) || rule === undefined) return false;
  if (rule.on === "self") return true;
  return rule.on === "control" ? allowsControl(scopes, rule.role) : allows(scopes, needOf(rule, input));
}

test("every procedure says who may call it", () => {
  expect(procedures.length).toBeGreaterThan(20);
  const bare = procedures.filter(({ path, rule }) => rule === undefined && !OPEN.has(path));
  expect(bare.map(({ path }) => path)).toEqual([]);
  for (const { rule } of procedures) if (rule !== undefined) expect(ROLES).toContain(rule.role);
});

describe.each(Object.entries(callers))("%s", (name, { scopes, make }) => {
  let caller: Caller = NOBODY;
  beforeAll(async () => {
    caller = await make();
  });

  test.each(procedures.map((one) => [one.path, one] as const))("%s", async (_, procedure) => {
    const { status, message } = await people.ask(caller, procedure.type, procedure.path, input);
    expect(status).toBeLessThan(500);
    if (letIn(procedure, name, scopes)) expect([401, 403]).not.toContain(status);
    else if (UNKNOWN.has(name)) expect(status).toBe(401);
    else {
      expect(status).toBe(403);
      expect(message).toMatch(/needs the role (viewer|operator|admin) in .*admin .*can grant it/);
      expect(message.length).toBeLessThan(LIMITS.reasonLength);
    }
  });

  test.each(["/metrics", "/api/audit.json", "/api/audit.csv"])("%s", async (pathname) => {
    const answer = await fetch(`${server.url}${pathname}`, { headers: { ...caller } });
    await answer.text();
    const known = !UNKNOWN.has(name);
    const right = pathname === "/metrics" ? known && !reportsOnly(scopes) : allowsControl(scopes, "admin");
    expect(answer.status).toBe(right ? 200 : known ? 403 : 401);
  });
});

test("a change of a lever of every service needs the right to every service, and of two services both", async () => {
  const edit = (service: string) => ({
    service,
    kind: "switch",
    name: `m${ulid().toLowerCase()}`,
    op: "put",
    spec: { position: "NORMAL", level: "non-core", strategy: "simplified" },
    baseRevision: 0,
  });
  const commit = (who: Caller, ...services: string[]) =>
    people.ask(who, "mutation", "publish.commit", {
      env: "dev",
      id: ulid(),
      reason: "why",
      edits: services.map(edit),
    });
  const { caller: one } = await people.person([operator]);
  const { caller: most } = await people.person([{ role: "admin", env: "dev", services: "o*" }]);
  const { caller: every } = await people.person([{ role: "operator", env: "dev", services: "*" }]);
  expect((await commit(one, "order")).status).toBe(200);
  expect((await commit(one, "order", "payment")).status).toBe(403);
  expect((await commit(one, "*")).status).toBe(403);
  expect((await commit(most, "*")).status).toBe(403);
  expect((await commit(every, "order", "payment")).status).toBe(200);
  expect((await commit(every, "*")).status).toBe(200);
});

test("a subscription is served over the socket alone, where a revocation ends it", async () => {
  const address = `${server.url}/api/trpc/events.stream`;
  const one = `?input=${encodeURIComponent(JSON.stringify({ json: { env: "dev" } }))}`;
  const batch = `?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: { json: { env: "dev" } } }))}`;
  for (const query of [one, batch]) {
    const answer = await fetch(`${address}${query}`, { headers: { ...people.admin } });
    // It ends by itself, with a refusal and nothing else.
    const text = await answer.text();
    expect(text).toMatch(/Subscribe over \/api\/ws|Cannot batch subscription/);
    expect(text).not.toContain("revision");
  }
});

test("only an admin overrides", async () => {
  const body = { env: "dev", id: ulid(), reason: "why", override: { reason: "now" }, edits: [] };
  const { caller } = await people.person([{ role: "operator", env: "dev", services: "*" }]);
  const refused = await people.ask(caller, "mutation", "publish.commit", body);
  expect(refused.status).toBe(403);
  expect(refused.message).toContain("admin in dev");
});

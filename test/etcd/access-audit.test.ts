import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditEvent } from "../../src/features/audit/audit-event.ts";
import { AuditRecorder } from "../../src/features/audit/audit-recorder.ts";
import { keepAuditBounded } from "../../src/features/audit/audit-retention.ts";
import { openAuditSpool } from "../../src/infra/audit/audit-spool.ts";
import { createAuditStore } from "../../src/infra/audit/audit-store.ts";
import { sleep } from "../../src/infra/clock.ts";
import { type Database, openDatabase } from "../../src/infra/sql/database.ts";
import { type Caller, ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { run } from "../support/demo-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Every action and every refusal is kept, once, whatever SQL does meanwhile. */
const worker = useWorkerEtcd();
let directory = "";
let server: ControlPlaneProcess;
let people: ConsolePeople;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "leverframe-audit-"));
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  people = new ConsolePeople(server.url, await server.token());
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const list = async (filter: object, caller: Caller = people.admin): Promise<AuditEvent[]> =>
  (await people.ask<{ rows: AuditEvent[] }>(caller, "query", "audit.list", { limit: 200, ...filter })).data
    .rows;
const happening = (action: string) => ({
  actor: { kind: "person", id: "ann" },
  action,
  outcome: "done" as const,
  address: "10.0.0.1",
  input: { env: "dev" },
});

describe("the log of a running console", () => {
  test("holds who did what, who was refused and who signed in, and no secret", async () => {
    const person = await people.person([{ role: "viewer", env: "dev", services: "*" }]);
    const secret = `hunter-${ulid()}`;
    const edit = { service: "order", kind: "config", name: "db", op: "put", baseRevision: 0 };
    const body = {
      env: "dev",
      id: ulid(),
      reason: "=cmd|' /C calc'!A0",
      edits: [{ ...edit, spec: { format: "text", value: secret } }],
    };
    expect((await people.ask(person.caller, "mutation", "publish.commit", body)).status).toBe(403);
    expect((await people.ask(people.admin, "mutation", "publish.commit", body)).status).toBe(200);
    await people.signIn(person);
    const rows = await eventually(
      () => list({}),
      (found) => found.some(({ action }) => action === "auth.password"),
    );
    const commits = rows.filter(({ action }) => action === "publish.commit");
    expect(commits.map(({ actor, outcome }) => [actor.id, outcome])).toEqual([
      ["cli", "done"],
      [person.id, "refused"],
    ]);
    expect(commits[0]).toMatchObject({
      env: "dev",
      target: "order/config/db",
      detail: { reason: body.reason },
    });
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["people.create", "grants.give", "auth.invitation", "auth.password"]),
    );
    const text = JSON.stringify(rows);
    for (const hidden of [secret, person.password, await server.token()]) expect(text).not.toContain(hidden);
  });

  test("is filtered, paged, and exported as CSV that no spreadsheet runs", async () => {
    await eventually(
      () => list({ action: "publish.commit", outcome: "done" }),
      (found) => found.length > 0,
    );
    expect((await list({ outcome: "refused" })).every(({ outcome }) => outcome === "refused")).toBe(true);
    expect(await list({ env: "prod" })).toEqual([]);
    expect(await list({ to: "2020-01-01T00:00:00Z" })).toEqual([]);
    const walked: string[] = [];
    let cursor: string | undefined;
    do {
      const page: { data: { rows: AuditEvent[]; next?: string | null } } = await people.ask(
        people.admin,
        "query",
        "audit.list",
        { limit: 2, cursor },
      );
      walked.push(...page.data.rows.map(({ id }) => id));
      cursor = page.data.next ?? undefined;
    } while (cursor !== undefined);
    expect(walked).toEqual([...new Set(walked)].sort((a, b) => (a < b ? 1 : -1)));

    const csv = await (await fetch(`${server.url}/api/audit.csv`, { headers: { ...people.admin } })).text();
    expect(csv.split("\r\n")[0]).toContain('"actor"');
    expect(csv.split("\r\n").length).toBeGreaterThan(walked.length);
    expect(csv).not.toMatch(/(^|,)"\s*[=+@-]/m);
    const json = await fetch(`${server.url}/api/audit.json?outcome=refused`, {
      headers: { ...people.admin },
    });
    const refused = (await json.json()) as AuditEvent[];
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ outcome }) => outcome === "refused")).toBe(true);
    expect(
      (await fetch(`${server.url}/api/audit.csv?from=yesterday`, { headers: { ...people.admin } })).status,
    ).toBe(400);
  });

  test("is reached by the command line, as people, grants, tokens and approvals are", async () => {
    const cli = async (...args: string[]) => {
      const done = await run([path.resolve("dist/cli.mjs"), ...args], {
        LEVERFRAME_ENV: "dev",
        LEVERFRAME_DATA: server.dataDir,
        LEVERFRAME_SERVER: server.url,
      });
      if (done.code !== 0) throw new Error(`${args.join(" ")}: ${done.code} ${done.stderr}`);
      return done.stdout;
    };
    expect(await cli("people", "invite", "zoe@example.com", "--name", "Zoe")).toContain("/login?invitation=");
    expect(await cli("grants", "give", "zoe", "--role", "operator", "--services", "pay-*")).toContain(
      "zoe is operator in dev for pay-* now",
    );
    expect(await cli("people", "list")).toMatch(/zoe +zoe@example\.com +operator in dev for pay-\*/);
    const grant = /\S+/.exec(
      (await cli("grants", "list")).split("\n").find((line) => line.includes("zoe")) ?? "",
    );
    await cli("grants", "take", grant?.[0] ?? "");
    await cli("people", "disable", "zoe");
    expect(await cli("people", "list")).toMatch(/zoe .*disabled/);
    const token = (
      await cli("tokens", "create", "ci", "--role", "viewer", "--machine", "--days", "1")
    ).trim();
    expect(token).toMatch(/^lf_/);
    const key = /^(\S{16}) +ci /m.exec(await cli("tokens", "list"))?.[1] ?? "";
    await cli("tokens", "revoke", key);
    expect(await cli("tokens", "list")).not.toContain(key);
    expect((await cli("break-glass")).trim()).toMatch(/^lf_/);
    expect(await cli("approvals", "rule", "four-eyes")).toContain("dev: four-eyes");
    expect(await cli("approvals", "list")).toContain("Nothing waits in dev");
    expect(await cli("approvals", "rule", "none")).toContain("dev: none");
    await eventually(
      () => cli("audit", "--action", "people.disable"),
      (text) => text.includes("zoe"),
    );
    expect(await cli("audit", "--export", "csv")).toContain('"people.disable"');
    expect(JSON.parse(await cli("audit", "--export", "json", "--action", "people.disable"))).toHaveLength(1);
  });
});

test("entries older than 400 days go while this process leads, in small steps; the rest stays", async () => {
  const database = openDatabase(`file:${path.join(directory, "old.db")}`, { log: pino({ level: "silent" }) });
  await database.ready(10_000);
  const store = createAuditStore(database);
  const at = (daysAgo: number): number => Date.now() - daysAgo * 86_400_000;
  const entries = [...Array.from({ length: 600 }, () => 401), 399, 0].map((days) => ({
    id: ulid(at(days)),
    at: new Date(at(days)).toISOString(),
    actor: { kind: "person", id: "ada" },
    action: "x",
    env: undefined,
    target: undefined,
    outcome: "done" as const,
    detail: {},
    address: undefined,
  }));
  for (let from = 0; from < entries.length; from += 100) await store.insert(entries.slice(from, from + 100));
  const over = new AbortController();
  let leading: Promise<void> = Promise.resolve();
  keepAuditBounded({
    store,
    leadership: {
      fence: undefined,
      lead(work) {
        leading = work({ key: "k", createRevision: 1 }, over.signal);
        return () => over.abort();
      },
    },
    today: () => new Date(),
    sleep,
    onProblem: (error) => {
      throw error;
    },
  });
  await eventually(
    async () => (await store.list({}, { limit: 200 })).rows.length,
    (left) => left === 2,
  );
  over.abort();
  await leading;
  await database.close();
});

describe("the recorder", () => {
  const open = async (options: { database: Database; bound?: number; place?: string }) => {
    const place = options.place ?? (await mkdtemp(path.join(directory, "spool-")));
    const store = createAuditStore(options.database);
    let dropped = 0;
    const recorder = new AuditRecorder({
      spool: openAuditSpool(place, options.bound),
      store,
      now: () => new Date(),
      newId: (nowMs) => ulid(nowMs),
      sleep,
      onDropped: (count) => {
        dropped += count;
      },
      onError: (error) => {
        throw error;
      },
      gatherMs: 5,
      retryMs: 50,
      addUpMs: 100,
    });
    return { recorder, store, place, file: path.join(place, "audit-spool.jsonl"), dropped: () => dropped };
  };
  const sqlite = (name: string): Database =>
    openDatabase(`file:${path.join(directory, name)}`, { log: pino({ level: "silent" }) });
  const away = (): Database =>
    openDatabase("postgresql://x:x@127.0.0.1:9/x", { log: pino({ level: "silent" }) });

  test("keeps on disk while SQL is away, and tells all of it once SQL is there, also after a crash", async () => {
    const gone = away();
    const before = await open({ database: gone });
    for (let count = 0; count < 300; count += 1) before.recorder.record(happening(`act.${count}`));
    await eventually(
      async () => (await readFile(before.file, "utf8").catch(() => "")).split("\n").length - 1,
      (lines) => lines === 300,
    );
    await before.recorder.close();
    await gone.close();
    // A crash cut the last line in half.
    await appendFile(before.file, '{"id":"01');
    const database = sqlite("crash.db");
    const after = await open({ database, place: before.place });
    after.recorder.record(happening("act.after"));
    await database.ready(10_000);
    const rows = await eventually(
      async () => (await after.store.list({}, { limit: 500 })).rows,
      (found) => found.length >= 300,
    );
    expect(new Set(rows.map(({ action }) => action)).size).toBe(rows.length);
    expect(rows.filter(({ action }) => /^act\.\d+$/.test(action))).toHaveLength(300);
    await eventually(
      async () => (await stat(before.file)).size,
      (size) => size === 0,
    );
    await after.recorder.close();
    await database.close();
  });

  test("is bounded: past it entries are dropped, and counted", async () => {
    const gone = away();
    const { recorder, file, dropped } = await open({ database: gone, bound: 20_000 });
    for (let count = 0; count < 1_000; count += 1) recorder.record(happening("act"));
    await recorder.close();
    const kept = (await readFile(file, "utf8")).split("\n").length - 1;
    expect((await stat(file)).size).toBeLessThanOrEqual(20_000);
    expect(kept).toBeGreaterThan(50);
    expect(kept + dropped()).toBe(1_000);
    await gone.close();
  });

  test("adds up refusals of nobody, however many", async () => {
    const database = sqlite("anonymous.db");
    await database.ready(10_000);
    const { recorder, store } = await open({ database });
    for (let count = 0; count < 5_000; count += 1) {
      recorder.record({
        actor: undefined,
        action: "levers.board",
        outcome: "refused",
        code: "UNAUTHORIZED",
        address: `10.0.${count % 7}.1`,
        input: { env: "dev" },
      });
    }
    const rows = await eventually(
      async () => (await store.list({}, { limit: 100 })).rows,
      (found) => found.length > 0,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      actor: { kind: "nobody" },
      detail: { count: 5_000, code: "UNAUTHORIZED" },
    });
    expect(rows[0]?.detail["addresses"]).toHaveLength(5);
    await recorder.close();
    await database.close();
  });
});

import { approvalsRoot, type Journal, journalKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Scope } from "../../src/domain/access.ts";
import { bearer, type Caller, ConsolePeople, type Known } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Where an environment wants four eyes, nobody changes a lever alone, whatever way they take. */
const worker = useWorkerEtcd();
const OPERATOR: Scope = { role: "operator", env: "prod", services: "*" };
let server: ControlPlaneProcess;
let people: ConsolePeople;
let author: Known;
let other: Known;
let admin: Known;
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  people = new ConsolePeople(server.url, await server.token());
  author = await people.person([OPERATOR, { role: "operator", env: "dev", services: "*" }], "author");
  other = await people.person([OPERATOR], "other");
  admin = await people.person([{ role: "admin", env: "*", services: "*" }], "chief");
  await people.do("approvals.setRule", { env: "prod", approvals: "four-eyes" });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await worker.etcd.delete({ prefix: approvalsRoot("prod") });
});

const request = (extra: object = {}) => ({
  env: "prod",
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
  ...extra,
});
const commit = (caller: Caller, body: object) => people.ask(caller, "mutation", "publish.commit", body);
const decide = (caller: Caller, what: "approve" | "reject" | "acknowledge", id: string, env = "prod") =>
  people.ask<{ changeSetId: string; repeated: boolean }>(caller, "mutation", `approvals.${what}`, {
    env,
    id,
  });
const waiting = async (env = "prod") =>
  (
    await people.ask<{ id: string; kind: string; person: string }[]>(
      other.caller,
      "query",
      "approvals.list",
      { env },
    )
  ).data;
const journalOf = async (id: string, env = "prod"): Promise<Journal | undefined> => {
  const found = await worker.etcd.get(journalKey(env, id));
  return found && (JSON.parse(found.value.toString()) as Journal);
};

describe("a change set of one person", () => {
  test("waits, is approved by another, and is published under its author's name", async () => {
    const body = request();
    const proposed = await commit(author.caller, body);
    expect(proposed).toMatchObject({ status: 428, code: "PROPOSED" });
    expect(await journalOf(body.id)).toBeUndefined();
    expect(await waiting()).toMatchObject([{ id: body.id, kind: "proposal", person: author.id }]);

    expect((await decide(author.caller, "approve", body.id)).status).toBe(403);
    const approved = await decide(other.caller, "approve", body.id);
    expect(approved).toMatchObject({ status: 200, data: { changeSetId: body.id } });
    expect(await journalOf(body.id)).toMatchObject({
      author: { kind: "person", id: author.id },
      approvedBy: { kind: "person", id: other.id },
    });
    expect(await waiting()).toEqual([]);
    expect((await decide(other.caller, "approve", body.id)).status).toBe(404);
    // Its author, who sends it again after all this, is told what became of it.
    expect(await commit(author.caller, body)).toMatchObject({ status: 200, data: { repeated: true } });
  });

  test("is the same proposal when sent again, and another one of its id is refused", async () => {
    const body = request();
    expect((await commit(author.caller, body)).code).toBe("PROPOSED");
    expect((await commit(author.caller, body)).code).toBe("PROPOSED");
    expect(await waiting()).toHaveLength(1);
    expect((await commit(author.caller, { ...request(), id: body.id })).code).toBe("REUSED_ID");
    expect((await commit(other.caller, body)).code).toBe("REUSED_ID");
  });

  test("is checked before it waits, and again when it is approved", async () => {
    const wrong = request();
    (wrong.edits[0]!.spec as { position: string }).position = "SIDEWAYS";
    expect((await commit(author.caller, wrong)).status).toBe(400);
    expect(await waiting()).toEqual([]);

    const body = request();
    expect((await commit(author.caller, body)).code).toBe("PROPOSED");
    // Meanwhile a machine, which an admin made, changed the same lever.
    expect((await commit(people.admin, { ...body, id: ulid() })).status).toBe(200);
    expect((await decide(other.caller, "approve", body.id)).code).toBe("CONFLICT");
    expect(await waiting()).toHaveLength(1);
    expect((await decide(author.caller, "reject", body.id)).status).toBe(200);
    expect(await waiting()).toEqual([]);
  });

  test("does not wait where the interlock refuses it", async () => {
    const window = {
      id: ulid(),
      from: new Date(Date.now() - 60_000).toISOString(),
      to: new Date(Date.now() + 3_600_000).toISOString(),
      reason: "double eleven",
      services: ["order"],
    };
    await people.do("freezes.add", { env: "prod", window });
    try {
      const body = request();
      const refused = await eventually(
        () => commit(author.caller, { ...body, id: ulid() }),
        ({ code }) => code !== "PROPOSED",
      );
      expect(refused).toMatchObject({ status: 412, code: "REFUSED" });
      expect(refused.message).toContain("double eleven");
      await worker.etcd.delete({ prefix: approvalsRoot("prod") });
      expect((await commit(author.caller, body)).code).toBe("REFUSED");
      expect(await waiting()).toEqual([]);
    } finally {
      await people.do("freezes.lift", { env: "prod", id: window.id });
    }
    await eventually(
      () => commit(author.caller, request()),
      ({ code }) => code === "PROPOSED",
    );
  });

  test("can't be approved by an operator of other services, by a machine, or by its author's token", async () => {
    const stranger = await people.person([{ role: "operator", env: "prod", services: "pay-*" }]);
    const viewer = await people.person([{ role: "viewer", env: "prod", services: "*" }]);
    const own = await people.do<{ token: string }>(
      "tokens.create",
      { name: "own", scopes: [OPERATOR], expiresInDays: 1 },
      author.caller,
    );
    const body = request();
    expect((await commit(author.caller, body)).code).toBe("PROPOSED");
    for (const caller of [stranger.caller, viewer.caller, people.admin, bearer(own.token)]) {
      expect((await decide(caller, "approve", body.id)).status).toBe(403);
    }
    expect(await journalOf(body.id)).toBeUndefined();
    // A person's token is that person: it asks for a second one too.
    expect((await commit(bearer(own.token), request())).code).toBe("PROPOSED");
  });

  test("is published by one of two who approve at once", async () => {
    const third = await people.person([OPERATOR]);
    const body = request();
    await commit(author.caller, body);
    const both = await Promise.all([
      decide(other.caller, "approve", body.id),
      decide(third.caller, "approve", body.id),
    ]);
    const done = both.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(done.filter(({ data }) => !data.repeated)).toHaveLength(1);
    expect(await waiting()).toEqual([]);
  });

  test("is not published for who may not publish it any more", async () => {
    const leaving = await people.person([OPERATOR]);
    const body = request();
    expect((await commit(leaving.caller, body)).code).toBe("PROPOSED");
    await people.do("people.disable", { person: leaving.id });
    expect((await decide(other.caller, "approve", body.id)).status).toBe(403);
    expect(await journalOf(body.id)).toBeUndefined();
  });

  test("goes at once where nobody asks for two", async () => {
    expect((await commit(author.caller, request({ env: "dev" }))).status).toBe(200);
  });
});

describe("an override", () => {
  test("goes at once, and leaves a review for somebody else", async () => {
    const body = request({ override: { reason: "the shop burns" } });
    expect((await commit(author.caller, body)).status).toBe(403);
    expect((await commit(admin.caller, body)).status).toBe(200);
    expect(await waiting()).toMatchObject([
      { id: body.id, kind: "review", person: admin.id, override: "the shop burns" },
    ]);
    expect((await decide(admin.caller, "acknowledge", body.id)).status).toBe(403);
    expect((await decide(other.caller, "approve", body.id)).status).toBe(400);
    expect((await decide(other.caller, "acknowledge", body.id)).status).toBe(200);
    expect(await waiting()).toEqual([]);
  });

  test("by the break-glass token is the same, without a word of its own", async () => {
    const { token } = await people.do<{ token: string }>("tokens.breakGlass", null);
    const body = request();
    expect((await commit(bearer(token), body)).status).toBe(200);
    expect(await waiting()).toMatchObject([{ id: body.id, kind: "review", person: "break-glass" }]);
    expect((await decide(other.caller, "acknowledge", body.id)).status).toBe(200);
  });

  test("that fails leaves no review", async () => {
    const standing = request();
    expect((await commit(people.admin, standing)).status).toBe(200);
    const body = { ...standing, id: ulid(), override: { reason: "now" } };
    expect((await commit(admin.caller, body)).code).toBe("CONFLICT");
    expect(await waiting()).toEqual([]);
  });
});

test("an undo by one person waits too, and still says what it undoes", async () => {
  const first = request();
  expect((await commit(people.admin, first)).status).toBe(200);
  const undo = { env: "prod", id: ulid(), reason: "back", changeSetId: first.id };
  expect((await people.ask(author.caller, "mutation", "back.undo", undo)).code).toBe("PROPOSED");
  expect(await journalOf(undo.id)).toBeUndefined();
  expect((await decide(other.caller, "approve", undo.id)).status).toBe(200);
  expect(await journalOf(undo.id)).toMatchObject({
    undoes: first.id,
    author: { kind: "person", id: author.id },
    approvedBy: { kind: "person", id: other.id },
  });
});

test("what was scheduled by one person becomes a proposal at its time", async () => {
  const { env, ...rest } = request();
  const at = new Date(Date.now() + 1_500).toISOString();
  const scheduled = await people.ask(author.caller, "mutation", "automation.schedule", { env, ...rest, at });
  expect(scheduled).toMatchObject({ status: 200 });
  await eventually(
    () => waiting(),
    (rows) => rows.some(({ id }) => id === rest.id),
    20_000,
  );
  expect(await journalOf(rest.id)).toBeUndefined();
  const left = await people.ask<{ id: string }[]>(other.caller, "query", "automation.list", { env });
  expect(left.data.map(({ id }) => id)).not.toContain(rest.id);
  expect((await decide(other.caller, "approve", rest.id)).status).toBe(200);
});

test("no more than 500 wait", async () => {
  const record = (id: string) =>
    JSON.stringify({
      schema: 1,
      kind: "proposal",
      person: author.id,
      author: { kind: "person", id: author.id },
      at: new Date().toISOString(),
      request: request({ id }),
    });
  for (let round = 0; round < 5; round += 1) {
    const ids = Array.from({ length: 100 }, () => ulid());
    await worker.etcd.txn({
      compare: [],
      success: ids.map((id) => ({ put: `${approvalsRoot("prod")}${id}`, value: record(id) })),
    });
  }
  expect(await waiting()).toHaveLength(500);
  const refused = await commit(author.caller, request());
  expect(refused).toMatchObject({ status: 429, code: "RATE_LIMITED" });
  expect(refused.message).toContain("approve or reject");
});

import { describe, expect, it } from "vitest";
import type { DryRun, EditInput, LeverRow } from "../api/contract.ts";
import { diffOf, isEdited, isGrave, mayEnd, withEnd } from "./edit-diff.ts";
import { movedLevers } from "./moved.ts";
import { partId, partsOf } from "./parts.ts";
import { planTray } from "./plan.ts";
import { rebase } from "./rebase.ts";
import type { TrayEdit } from "./tray-edit.ts";
import { added, countOf, EMPTY_TRAY, isInFlight, noted, settled, withoutSecrets } from "./tray-store.ts";

const SEED = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NORMAL = { position: "NORMAL", level: "non-core", strategy: "placeholder" };

function pull(name: string, more: Partial<EditInput> = {}, base: unknown = NORMAL): TrayEdit {
  const spec = { ...(base as object), position: "DEGRADED" };
  return {
    edit: { service: "*", kind: "switch", name, op: "put", spec, baseRevision: 10, ...more },
    base: { spec: base, meta: { version: 1, owner: "shop" } },
    editor: { address: "/switches" },
  };
}

const refs = (parts: readonly (readonly TrayEdit[])[]) =>
  parts.map((part) => part.map(({ edit }) => `${edit.service}/${edit.name}`));

describe("parts", () => {
  it("keep levers of every service apart from named ones, and are one where one will do", () => {
    const edits = [pull("b", { service: "order" }), pull("a"), pull("c", { service: "cart" })];
    expect(refs(partsOf(edits))).toEqual([["*/a"], ["cart/c", "order/b"]]);
    expect(partsOf([pull("a"), pull("b")])).toHaveLength(1);
  });

  it("stay within one transaction, its heads counted, and lose nothing", () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      pull(`s${index}`, { service: `svc-${index % 60}` }),
    );
    const parts = partsOf(many);
    for (const part of parts) {
      const heads = new Set(part.map(({ edit }) => edit.service)).size;
      expect(part.length + heads + 1).toBeLessThanOrEqual(128);
    }
    expect(parts.flat()).toHaveLength(300);
  });

  it("have an id that is told by what they edit and saw", () => {
    const [id, same] = [partId(SEED, [pull("a")]), partId(SEED, [pull("a")])];
    expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(same).toBe(id);
    expect(partId(SEED, [pull("a", { baseRevision: 11 })])).not.toBe(id);
  });
});

const dry = (refusals: DryRun["refusals"] = []): DryRun => ({
  changeSetId: SEED,
  diffs: [],
  sentences: [],
  targetCount: {},
  refusals,
});

describe("a plan", () => {
  it("sends first what nothing stands against", async () => {
    const finding = {
      rule: "levels",
      ref: { service: "*", kind: "switch", name: "core" },
      sentence: "no",
    } as const;
    const edits = [pull("core"), pull("lower", { service: "order" })];
    const plan = await planTray(edits, SEED, async (_, part) =>
      dry(part[0]?.edit.name === "core" ? [finding] : []),
    );
    expect(refs(plan.parts.map((part) => part.edits))).toEqual([["order/lower"], ["*/core"]]);
    expect([plan.refusals, plan.later]).toEqual([[], [finding]]);
  });

  it("passes on what the control plane refuses", async () => {
    await expect(planTray([pull("a")], SEED, () => Promise.reject(new Error("INVALID")))).rejects.toThrow(
      "INVALID",
    );
  });
});

describe("a diff", () => {
  it("holds what its author changed, and nothing of what is written at publish", () => {
    expect(diffOf(pull("a"))).toMatchObject({
      op: "change",
      entries: [{ path: "spec.position", before: "NORMAL", after: "DEGRADED" }],
    });
  });

  it("never holds a secret's text", () => {
    const secret = pull(
      "key",
      { kind: "config", spec: { format: "text", value: "hush" }, secret: true },
      {
        format: "text",
        secret: { kid: "k", iv: "i", ct: "c", tag: "t" },
      },
    );
    expect(JSON.stringify(diffOf(secret))).not.toContain("hush");
  });

  it("says what an expiry goes back to, for those that can end", () => {
    const at = "2030-01-01T00:00:00.000Z";
    const share = pull("share", { spec: NORMAL, rollout: { shareBp: 100 } });
    const gone = pull("gone", { op: "delete", spec: undefined });
    expect([pull("a"), share, gone].map(mayEnd)).toEqual([true, false, false]);
    const [ending, kept] = withEnd([pull("a"), share], at);
    expect(kept?.edit.expiry).toBeUndefined();
    expect(ending && diffOf(ending).entries.map(({ path }) => path)).toContain("meta.expiry.at");
  });

  it("knows what is serious", () => {
    const core = pull("checkout", {}, { ...NORMAL, level: "core" });
    expect([pull("a"), core, pull("a", { op: "delete" })].map(isGrave)).toEqual([false, true, true]);
  });
});

const row = (revision: number, spec: unknown = NORMAL) =>
  ({
    service: "*",
    kind: "switch",
    name: "a",
    revision,
    reason: "r",
    resource: { spec, meta: {} },
  }) as LeverRow;

describe("what moved meanwhile", () => {
  const board = (revision: number, ...levers: LeverRow[]) => ({ revision, levers });

  it("is newer than what was seen; an older list proves nothing", () => {
    expect(movedLevers([pull("a")], board(12, row(12)), new Map()).get("*/switch/a")?.revision).toBe(12);
    expect(movedLevers([pull("a")], board(12, row(10)), new Map()).size).toBe(0);
    expect(movedLevers([pull("a")], board(9), new Map()).size).toBe(0);
  });

  it("may be gone, or told by a refusal before the list has it", () => {
    expect(movedLevers([pull("a")], board(12), new Map()).get("*/switch/a")).toMatchObject({ revision: 0 });
    const told = new Map([["*/switch/a", { revision: 15, body: { spec: NORMAL } }]]);
    expect(movedLevers([pull("a")], board(10, row(10)), told).get("*/switch/a")?.revision).toBe(15);
  });

  it("is kept where only they changed it, and gives way where its author did", () => {
    const theirs = {
      revision: 12,
      body: { spec: { ...NORMAL, strategy: "static", payload: "x" }, meta: {} },
    };
    const mine = rebase(pull("a"), theirs);
    expect(mine.edit).toMatchObject({
      baseRevision: 12,
      spec: { position: "DEGRADED", strategy: "static", payload: "x" },
    });
    expect(diffOf(mine).entries.map(({ path }) => path)).toEqual(["spec.position"]);
  });

  it("leaves no edit where they made the same change, or deleted what was to be deleted", () => {
    const done = {
      revision: 12,
      body: { spec: { ...NORMAL, position: "DEGRADED" }, meta: { owner: "shop" } },
    };
    expect(isEdited(rebase(pull("a"), done))).toBe(false);
    expect(isEdited(rebase(pull("a", { op: "delete" }), { revision: 0, body: undefined }))).toBe(false);
  });

  it("in a text is put together where that can be", () => {
    const text = (value: string) => ({ format: "text", value });
    const edit = pull("t", { kind: "config", spec: text("mine") }, text("was"));
    const theirs = { revision: 12, body: { spec: text("theirs") } };
    expect(rebase(edit, theirs, (...texts) => texts.join("+")).edit.spec).toEqual(text("was+theirs+mine"));
    expect(rebase(edit, theirs).edit.spec).toEqual(text("mine"));
  });
});

describe("a tray", () => {
  const sent = {
    id: SEED,
    reason: "r",
    parts: [
      { id: "p1", edits: [pull("a")] },
      { id: "p2", edits: [pull("b"), pull("c")] },
    ],
  };

  it("holds a lever once, as it was added last", () => {
    const edits = added([pull("a"), pull("b")], [pull("a", { baseRevision: 20 })]);
    expect(edits.map(({ edit }) => [edit.name, edit.baseRevision])).toEqual([
      ["a", 20],
      ["b", 10],
    ]);
  });

  it("takes back what was not published, unless it was edited anew, and keeps what was", () => {
    const flying = { ...EMPTY_TRAY, reason: "r", edits: [pull("c", { baseRevision: 30 })], sent };
    expect([isInFlight(flying), countOf(flying)]).toEqual([true, 4]);
    const half = settled(noted(flying, "p1", { phase: "published", revision: 40 }));
    expect(half.edits.map(({ edit }) => [edit.name, edit.baseRevision])).toEqual([
      ["b", 10],
      ["c", 30],
    ]);
    expect(half.sent?.parts.map(({ id }) => id)).toEqual(["p1"]);
    expect([half.reason, isInFlight(half), countOf(half)]).toEqual(["r", false, 2]);
  });

  it("begins anew once all is answered for", () => {
    const all = noted(
      noted({ ...EMPTY_TRAY, reason: "r", sent }, "p1", { phase: "published", revision: 40 }),
      "p2",
      { phase: "proposed" },
    );
    expect([settled(all).edits, settled(all).reason]).toEqual([[], ""]);
  });

  it("keeps no secret's text beyond its page, on its way neither", () => {
    const secret = pull("key", { kind: "config", spec: { format: "text", value: "hush" }, secret: true });
    const kept = withoutSecrets({
      ...EMPTY_TRAY,
      edits: [secret],
      sent: { ...sent, parts: [{ id: "p1", edits: [secret] }] },
    });
    expect(JSON.stringify(kept)).not.toContain("hush");
    expect(kept.edits[0]).toMatchObject({ lost: true });
  });
});

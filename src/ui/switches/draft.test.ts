import type { SwitchSpec } from "@leverframe/agent/protocol";
import { describe, expect, it } from "vitest";
import { changesBetween, EMPTY_DRAFT, edit, isBlank, rebase, specOf, threeWay } from "./draft.ts";

const spec: SwitchSpec = { position: "NORMAL", level: "core", strategy: "static", payload: { b: 1, a: [2] } };
const live = { revision: 7, spec };

describe("a draft", () => {
  it("keeps what its author saw first, and follows the live state again once nothing is edited", () => {
    const first = edit(EMPTY_DRAFT, live, { position: "DEGRADED" });
    const later = edit(first, { revision: 9, spec: { ...spec, level: "secondary" } }, { level: "non-core" });
    expect(later.base).toEqual(live);
    const undone = edit(edit(later, live, { level: "core" }), live, { position: "NORMAL" });
    expect(undone.base).toBeUndefined();
    expect(isBlank(undone)).toBe(true);
  });

  it("keeps the id of a change set only while nothing else is typed", () => {
    const sent = { ...edit(EMPTY_DRAFT, live, { position: "DEGRADED" }), sentId: "01J" };
    expect(edit(sent, live, { level: "secondary" }).sentId).toBeUndefined();
  });

  it("publishes the whole spec, with keys that it does not edit as they stand", () => {
    const audience = [{ contextName: "tier", operator: "IN" as const, values: ["gold"] }];
    expect(specOf({ position: "DEGRADED" }, { ...spec, audience })).toEqual({
      ok: true,
      spec: { ...spec, audience, position: "DEGRADED" },
    });
  });

  it("takes an emptied payload out, and says where text is not JSON", () => {
    expect(specOf({ payloadText: " " }, spec)).toEqual({
      ok: true,
      spec: { position: "NORMAL", level: "core", strategy: "static" },
    });
    expect(specOf({ payloadText: "{" }, spec)).toMatchObject({ ok: false, field: "payload" });
    expect(specOf({ payloadText: "null" }, spec)).toMatchObject({ ok: true, spec: { payload: null } });
  });

  it("does not take another order of keys for a change", () => {
    expect(changesBetween(spec, { ...spec, payload: { a: [2], b: 1 } })).toEqual([]);
  });
});

describe("a stale draft", () => {
  const mine = edit(EMPTY_DRAFT, live, { position: "DEGRADED", strategy: "cached" });
  const theirs: SwitchSpec = { ...spec, position: "DEGRADED", strategy: "custom", level: "secondary" };

  it("is told apart key by key", () => {
    const yours = specOf(mine.edits, spec);
    if (!yours.ok) throw new Error("not planned");
    expect(threeWay(spec, theirs, yours.spec).map(({ key, outcome }) => [key, outcome])).toEqual([
      ["position", "agreed"],
      ["level", "theirs"],
      ["strategy", "contested"],
    ]);
  });

  it("is rebased without what they did already, and without undoing what only they did", () => {
    const rebased = rebase(mine, { revision: 9, spec: theirs });
    expect(rebased.base?.revision).toBe(9);
    expect(rebased.edits).toEqual({ strategy: "cached" });
    expect(specOf(rebased.edits, theirs)).toEqual({ ok: true, spec: { ...theirs, strategy: "cached" } });
  });
});

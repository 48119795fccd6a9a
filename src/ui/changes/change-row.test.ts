import { describe, expect, it } from "vitest";
import type { LeverRow } from "../api/contract.ts";
import { filterOf } from "./change-filter.ts";
import { type ChangeRow, mergePages, rowsOfLevers, undoneBy } from "./change-row.ts";
import { momentOf } from "./restore-draft.ts";

const row = (id: string, extra: Partial<ChangeRow> = {}): ChangeRow => ({
  id,
  revision: 1,
  at: "",
  author: undefined,
  reason: id,
  refs: [],
  overridden: false,
  ...extra,
});
const ids = (rows: readonly ChangeRow[]) => rows.map(({ id }) => id).join("");

describe("pages of the timeline", () => {
  it("follow each other without a double, whatever came since", () => {
    const older = ["d", "c", "b", "a"].map((id) => row(id));
    expect(
      ids(
        mergePages(
          ["f", "e", "d", "c"].map((id) => row(id)),
          older,
        ),
      ),
    ).toBe("fedcba");
  });

  it("never hide a gap: older ones go where they don't touch any more", () => {
    expect(
      ids(
        mergePages(
          ["z", "y"].map((id) => row(id)),
          ["b", "a"].map((id) => row(id)),
        ),
      ),
    ).toBe("zy");
  });

  it("say which change took which back", () => {
    const rows = [row("c", { undoes: "a" }), row("b"), row("a")];
    expect(undoneBy(rows).get("a")?.id).toBe("c");
    expect(undoneBy(rows).has("b")).toBe(false);
  });
});

it("without the history: the last change of each lever, newest first, a change of two levers once", () => {
  const lever = (name: string, changeSetId: string, revision: number, unattributed = false) =>
    ({
      service: "*",
      kind: "switch",
      name,
      changeSetId,
      revision,
      unattributed,
      updatedAt: "",
      reason: changeSetId,
    }) as LeverRow;
  const rows = rowsOfLevers([
    lever("a", "one", 5),
    lever("b", "two", 9),
    lever("c", "one", 5),
    lever("d", "past-us", 11, true),
    lever("e", "", 12),
  ]);
  expect(rows.map(({ id, refs }) => [id, refs.map(({ name }) => name)])).toEqual([
    ["two", ["b"]],
    ["one", ["a", "c"]],
  ]);
});

it("the filter is what the address says, and no more", () => {
  expect(filterOf(new URLSearchParams("env=prod&service=*&name=%20&author=ann&change=x"))).toEqual({
    service: "*",
    author: "ann",
  });
});

it.each([
  [{ by: "revision", at: "", revision: "r18402" }, { revision: 18402 }],
  [{ by: "revision", at: "", revision: " 7 " }, { revision: 7 }],
  [{ by: "revision", at: "", revision: "0" }, undefined],
  [{ by: "revision", at: "", revision: "7.5" }, undefined],
  [{ by: "time", at: "", revision: "7" }, undefined],
  [{ by: "time", at: "2026-11-23T03:00", revision: "" }, { at: new Date("2026-11-23T03:00").toISOString() }],
] as const)("a moment is read as typed, or not at all (%#)", (typed, moment) => {
  expect(momentOf(typed)).toEqual(moment);
});

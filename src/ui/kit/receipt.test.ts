import { describe, expect, it } from "vitest";
import { sampleSummary, sampleTargets } from "../kit-page/samples.ts";
import { cellsOf, proofOf, runsOfSummary } from "./receipt.ts";

describe("a receipt bar", () => {
  it("keeps its order whatever the states are", () => {
    const names = (state: "applied" | "waiting") =>
      cellsOf(sampleTargets(20, () => state)).map(({ key }) => key);
    expect(names("waiting")).toEqual(names("applied"));
    expect(names("applied").slice(0, 3)).toEqual(["sample/sample-1", "sample/sample-2", "sample/sample-3"]);
  });

  it("keeps an instance's place when its zone is lost with its lease", () => {
    const before = sampleTargets(5, () => "applied");
    const after = before.map((target, index) =>
      index === 2 ? { ...target, zone: "", state: "unproved" as const } : target,
    );
    expect(cellsOf(after).map(({ key }) => key)).toEqual(cellsOf(before).map(({ key }) => key));
  });

  it("has a cell an instance up to 60, then a cell a zone drawn by its worst state", () => {
    expect(cellsOf(sampleTargets(60, () => "applied"))).toHaveLength(60);
    const zones = cellsOf(sampleTargets(61, (index) => (index === 0 ? "held" : "applied")));
    expect(zones.map(({ key, state, appliedShare }) => [key, state, appliedShare])).toEqual([
      ["zone-a", "held", 30 / 31],
      ["zone-b", "applied", 1],
    ]);
  });

  it("leaves out who left, and never claims more than what is proved", () => {
    expect(cellsOf(sampleTargets(3, () => "left"))).toEqual([]);
    const proof = (state: "applied" | "waiting" | "held" | "unproved") =>
      proofOf(sampleSummary(sampleTargets(3, (index) => (index === 1 ? state : "applied"))));
    expect([proof("applied"), proof("waiting"), proof("held"), proof("unproved")]).toEqual([
      "proved",
      "waiting",
      "partial",
      "partial",
    ]);
  });

  it("shows one of a thousand that is held", () => {
    const summary = sampleSummary(sampleTargets(1000, (index) => (index === 500 ? "held" : "applied")));
    expect(runsOfSummary(summary, 20)).toEqual([
      { state: "applied", cells: 19 },
      { state: "held", cells: 1 },
    ]);
  });
});

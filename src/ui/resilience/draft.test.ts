import { describe, expect, it } from "vitest";
import { leftText } from "./countdown.tsx";
import { EMPTY_DRAFT, edit, holdUntil, isBlank, isChanged, rebase, usualUntil } from "./draft.ts";
import { specFrom } from "./field-text.ts";
import { SEEDS } from "./seeds.ts";

const LIVE = { revision: 5, spec: SEEDS.breaker };
const AT = "2026-11-23T03:00:00.000Z";

describe("a draft", () => {
  it("compares with the state at its first edit, and lets go of it with the last one", () => {
    const typed = edit("breaker", EMPTY_DRAFT, LIVE, { failureRateThreshold: "30" });
    expect(typed.base).toEqual(LIVE);
    const later = { revision: 9, spec: SEEDS.breaker };
    expect(edit("breaker", typed, later, { successesToClose: "2" }).base).toEqual(LIVE);
    const back = edit("breaker", typed, later, { failureRateThreshold: "50" });
    expect([back.base, isBlank(back)]).toEqual([undefined, true]);
  });

  it("merges by field over what somebody else left", () => {
    const mine = edit("breaker", EMPTY_DRAFT, LIVE, { failureRateThreshold: "30" });
    const theirs = { revision: 9, spec: { ...SEEDS.breaker, successesToClose: 1, failureRateThreshold: 40 } };
    const merged = rebase("breaker", mine, theirs);
    expect(merged.base).toEqual(theirs);
    expect(specFrom("breaker", theirs.spec, merged.edits)).toMatchObject({
      failureRateThreshold: 30,
      successesToClose: 1,
    });
  });

  it("is a change where only its end is another, or where there is no lever yet", () => {
    const armed = { at: AT, restore: SEEDS.breaker };
    expect(isChanged("breaker", EMPTY_DRAFT, LIVE, armed)).toBe(false);
    expect(isChanged("breaker", holdUntil(EMPTY_DRAFT, LIVE, { choice: "1h", at: "" }), LIVE, armed)).toBe(
      true,
    );
    expect(isChanged("breaker", holdUntil(EMPTY_DRAFT, LIVE, { choice: "none", at: "" }), LIVE, armed)).toBe(
      true,
    );
    const same = usualUntil(LIVE.spec, LIVE.spec, armed);
    expect(isChanged("breaker", holdUntil(EMPTY_DRAFT, LIVE, same), LIVE, armed)).toBe(false);
    expect(isChanged("breaker", EMPTY_DRAFT, { ...LIVE, revision: 0 }, undefined)).toBe(true);
  });
});

describe("how long it holds where nobody chose", () => {
  const forced = { ...SEEDS.breaker, mode: "FORCED_OPEN" };
  it.each([
    ["FORCED_OPEN", "1h"],
    ["DISABLED", "1h"],
    ["METRICS_ONLY", "none"],
  ])("%s: %s", (mode, choice) => {
    expect(usualUntil(SEEDS.breaker, { ...SEEDS.breaker, mode }, undefined).choice).toBe(choice);
  });

  it("what ends already keeps its end, and coming back by hand has none", () => {
    const armed = { at: AT, restore: SEEDS.breaker };
    expect(usualUntil(forced, { ...forced, successesToClose: 1 }, armed).choice).toBe("custom");
    expect(usualUntil(forced, SEEDS.breaker, armed).choice).toBe("none");
  });
});

it.each([
  [3_599_001, "1:00:00"],
  [3_552_000, "59:12"],
  [61_000, "1:01"],
  [11_200, "12 s"],
  [-5, "0 s"],
])("%i ms left reads %s", (ms, text) => {
  expect(leftText(ms)).toBe(text);
});

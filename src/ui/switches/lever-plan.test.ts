import type { SwitchSpec } from "@leverframe/agent/protocol";
import { describe, expect, it } from "vitest";
import type { LeverRow } from "../api/contract.ts";
import { localMoment } from "../publish/until.ts";
import { audienceOf, BLANK_CONSTRAINT, typedOf } from "./audience.ts";
import { faultsIn } from "./audience-check.ts";
import { type Draft, EMPTY_DRAFT, edit, isBlank, term } from "./draft.ts";
import { armedUntil, editOf, mayEnd, planOf, timeFault } from "./lever-plan.ts";
import { newShare } from "./share-draft.ts";
import { switchRow } from "./switch-row.ts";
import { readContext, tryOn } from "./tester.ts";

const NOW = Date.parse("2026-11-23T03:00:00.000Z");
const LATER = "2026-11-23T05:00:00.000Z";
const NORMAL: SwitchSpec = { position: "NORMAL", level: "non-core", strategy: "placeholder" };
const DEGRADED: SwitchSpec = { ...NORMAL, position: "DEGRADED" };

const rowOf = (spec: SwitchSpec, meta: object = {}, more: object = {}) =>
  switchRow({
    service: "order",
    kind: "switch",
    name: "a",
    revision: 7,
    resource: { schema: 1, spec, meta: { version: 1, ...meta }, ...more },
  } as LeverRow);
const armed = rowOf(DEGRADED, { expiry: { at: LATER, restore: NORMAL, armedRevision: 6 } });

function sent(row: ReturnType<typeof rowOf>, draft: Draft) {
  const base = { revision: row.revision, spec: row.spec };
  const plan = planOf(row, base, draft);
  return { plan, edit: editOf(row, base, plan, NOW) };
}
const live = (row: ReturnType<typeof rowOf>) => ({ revision: row.revision, spec: row.spec });
const pulled = (row = rowOf(NORMAL)) => edit(EMPTY_DRAFT, live(row), { position: "DEGRADED" });

describe("how long a pull holds", () => {
  it("goes back to what stood before it", () => {
    const draft = { ...pulled(), until: { choice: "1h", at: "" } as const };
    expect(sent(rowOf(NORMAL), draft).edit).toMatchObject({
      spec: DEGRADED,
      expiry: { at: "2026-11-23T04:00:00.000Z", restore: NORMAL },
    });
  });

  it("ends what is down already at NORMAL, as a change of its own", () => {
    const row = rowOf(DEGRADED);
    const draft = term(EMPTY_DRAFT, live(row), { until: { choice: "15m", at: "" } });
    const { plan, edit: one } = sent(row, draft);
    expect([plan.changed, mayEnd(plan), draft.base?.revision]).toEqual([true, true, 7]);
    expect(one).toMatchObject({ spec: DEGRADED, expiry: { restore: NORMAL } });
  });

  it("keeps an armed end while its position stays, to the millisecond, and what it goes back to", () => {
    const draft = edit(EMPTY_DRAFT, live(armed), { level: "secondary" });
    expect(sent(armed, draft).edit?.expiry).toEqual({ at: LATER, restore: NORMAL });
  });

  it("drops an armed end with the position, and when no end is chosen", () => {
    expect(sent(armed, edit(EMPTY_DRAFT, live(armed), { position: "NORMAL" })).edit?.expiry).toBeUndefined();
    const stays = sent(armed, { ...EMPTY_DRAFT, until: { choice: "none", at: "" } });
    expect([stays.plan.changed, stays.edit?.expiry]).toEqual([true, undefined]);
  });

  it("is no change where nothing was chosen, and none to a switch that stands NORMAL", () => {
    expect(sent(armed, EMPTY_DRAFT).plan.changed).toBe(false);
    expect(mayEnd(sent(rowOf(NORMAL), EMPTY_DRAFT).plan)).toBe(false);
    expect(isBlank(term(EMPTY_DRAFT, live(armed), {}))).toBe(true);
  });

  it("is no change where a moment was chosen and dropped again", () => {
    const dropped = { ...EMPTY_DRAFT, until: { choice: "none", at: "2026-11-23T09:00:00" } as const };
    expect(sent(rowOf(DEGRADED), dropped).plan.changed).toBe(false);
    expect(sent(rowOf(DEGRADED), dropped).edit?.expiry).toBeUndefined();
  });

  it("knows a time that is over; an armed one that is overdue is nobody's fault here", () => {
    const custom = { ...pulled(), until: { choice: "custom", at: localMoment(NOW - 1_000) } as const };
    const { plan } = sent(rowOf(NORMAL), custom);
    expect(timeFault(plan, rowOf(NORMAL), undefined, NOW)).toBe(true);
    expect(timeFault(plan, rowOf(NORMAL), "2026-11-23T02:00:00.000Z", NOW)).toBe(true);
    const overdue = sent(armed, EMPTY_DRAFT).plan;
    expect(timeFault(overdue, armed, undefined, Date.parse(LATER) + 9_000)).toBe(false);
    expect(armedUntil(undefined)).toEqual({ choice: "none", at: "" });
  });
});

describe("a pull for a share", () => {
  const share = { ...newShare("01ARZ3NDEKTSV4RRFFQ69G5FAV"), by: "context" as const, shareBp: 2_500 };

  it("leaves what stands, with the drafted switch as candidate, and has no end", () => {
    const { edit: one } = sent(rowOf(NORMAL), { ...pulled(), share, until: { choice: "1h", at: "" } });
    expect(one).toMatchObject({
      spec: NORMAL,
      rollout: { salt: share.id, shareBp: 2_500, stickiness: { contextKey: "userId" }, candidate: DEGRADED },
    });
    expect(one?.expiry).toBeUndefined();
  });

  it("is not begun over a rollout that is under way, nor for what is not pulled down", () => {
    const rolling = rowOf(NORMAL, {}, { rollout: { shareBp: 100, candidate: DEGRADED } });
    expect(sent(rolling, { ...pulled(rolling), share }).edit).toMatchObject({
      spec: DEGRADED,
      rollout: { shareBp: 100 },
    });
    expect(sent(rowOf(NORMAL), { ...EMPTY_DRAFT, share }).plan.share).toBeUndefined();
  });
});

describe("an audience", () => {
  it("is typed and read back as it was", () => {
    const audience = [
      { contextName: "country", operator: "IN" as const, values: ["DE", "FR"], inverted: true },
      { contextName: "app", operator: "SEMVER_LT" as const, values: ["1.4.2"] },
    ];
    expect(audienceOf(audience.map(typedOf))).toEqual(audience);
    expect(audienceOf([])).toBeUndefined();
  });

  it.each([
    ["IN", "", "empty"],
    ["NUM_GT", "many", "number"],
    ["NUM_GT", "1\n2", "number"],
    ["DATE_BEFORE", "soon", "date"],
    ["SEMVER_EQ", "one", "version"],
    ["REGEX", "(", "pattern"],
    ["CIDR", "10.0.0.0/64", "network"],
    ["IN", "x".repeat(257), "long"],
    ["IN", "DE\n\n FR ", undefined],
    ["CIDR", "10.0.0.0/8", undefined],
  ] as const)("%s %j is told at its values: %s", (operator, values, what) => {
    const typed = [{ ...BLANK_CONSTRAINT, contextName: "field", operator, values }];
    expect(faultsIn(audienceOf(typed) ?? [])[0]?.what).toBe(what);
  });

  it("says where a name is wrong", () => {
    const typed = [{ ...BLANK_CONSTRAINT, contextName: "user id", values: "x" }];
    expect(faultsIn(audienceOf(typed) ?? [])[0]).toEqual({ field: "contextName", what: "name" });
  });
});

describe("a context tried on a draft", () => {
  const audience = [{ contextName: "country", operator: "IN" as const, values: ["DE"] }];

  it("is read from pairs", () => {
    expect(readContext("country=DE, plan: gold\nempty")).toEqual({ country: "DE", plan: "gold", empty: "" });
  });

  it("gets what an agent would give it", () => {
    const spec = { ...DEGRADED, audience };
    const degraded = (text: string) => tryOn({ spec }, "i-1", readContext(text));
    expect(degraded("country=DE")).toMatchObject({ ok: true, degraded: true });
    expect(degraded("country=FR")).toMatchObject({ ok: true, degraded: false });
    expect(degraded("")).toMatchObject({ ok: true, degraded: false });
    const whole = { ...newShare("salt"), by: "context" as const };
    const rollout = {
      id: whole.id,
      salt: whole.id,
      shareBp: 10_000,
      stickiness: { contextKey: "userId" },
      candidate: DEGRADED,
    };
    expect(tryOn({ spec: NORMAL, rollout }, "i-1", { userId: "u" })).toMatchObject({
      degraded: true,
      candidate: true,
    });
    expect(tryOn({ spec: NORMAL, rollout }, "i-1", { plan: "gold" })).toMatchObject({ degraded: false });
  });

  it("answers nothing where a constraint can't be read", () => {
    const broken = {
      ...DEGRADED,
      audience: [{ contextName: "a", operator: "REGEX" as const, values: ["("] }],
    };
    expect(tryOn({ spec: broken }, "i-1", {})).toEqual({ ok: false });
  });
});

import { describe, expect, test } from "vitest";
import * as z from "zod";
import { badSwitchBody, breakerBody, configBody, switchBody } from "../../../test/support/bodies.ts";
import { LiveState, type RawEntry } from "../live-state/index.ts";
import { silentLogger } from "../logger.ts";
import { DEFAULT_BREAKER, liveKey } from "../protocol/index.ts";
import { LeverStore } from "./lever-store.ts";

function bench() {
  const live = new LiveState({ env: "dev", service: "order", agentVersion: "0.1.0" });
  const errors: string[] = [];
  const store = new LeverStore({
    instance: "order-1",
    logger: { ...silentLogger, error: (_, message) => errors.push(message) },
    clocks: { now: () => 0 },
    find: (kind, name) => live.effective.get(`${kind}/${name}`),
    onDeclare: () => store.swap(live.reconsider().changes),
    around: () => ({ nowMs: () => 0, random: () => 0, flag: () => undefined }),
  });
  live.refuse = store.refuse;
  const entries = new Map<string, RawEntry>();
  let revision = 10;
  const commit = (edits: Readonly<Record<string, string | undefined>>) => {
    revision++;
    for (const [path, value] of Object.entries(edits)) {
      const [kind = "", name = ""] = path.split("/");
      const key = liveKey("dev", { service: "order", kind, name });
      if (value === undefined) entries.delete(key);
      else {
        const createRevision = entries.get(key)?.createRevision ?? revision;
        entries.set(key, { key, value: Buffer.from(value), createRevision, modRevision: revision });
      }
    }
    store.swap(live.apply("own", { kind: "list", revision, entries }, "c1").changes);
  };
  return { live, store, commit, errors };
}

describe("a switch", () => {
  test("serves its default, the live position, and the default again", () => {
    const { store, commit } = bench();
    const lever = store.switch("comments", { level: "non-core" });
    expect(lever.isDegraded()).toBe(false);
    commit({ "switch/comments": switchBody("DEGRADED", { strategy: "static", payload: { text: "later" } }) });
    expect(lever.isDegraded()).toBe(true);
    expect(lever.get()).toEqual({
      degraded: true,
      level: "non-core",
      strategy: "static",
      payload: { text: "later" },
    });
    expect(lever.get()).toBe(lever.get());
    commit({ "switch/comments": undefined });
    expect(lever.isDegraded()).toBe(false);
  });

  test("asks the context where an audience or a rollout does", () => {
    const { store, commit } = bench();
    const lever = store.switch("comments", { level: "core", default: "DEGRADED" });
    expect(lever.isDegraded({ plan: "gold" })).toBe(true);
    const audience = [{ contextName: "plan", operator: "IN" as const, values: ["free"] }];
    commit({ "switch/comments": switchBody("DEGRADED", { audience }) });
    expect([
      lever.isDegraded({ plan: "free" }),
      lever.isDegraded({ plan: "gold" }),
      lever.isDegraded(),
    ]).toEqual([true, false, false]);
    const candidate = { position: "DEGRADED", level: "core", strategy: "simplified" } as const;
    const rollout = { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", salt: "s", shareBp: 10_000, candidate };
    commit({
      "switch/comments": switchBody("NORMAL", {
        rollout: { ...rollout, stickiness: { contextKey: "userId" } },
      }),
    });
    expect(lever.get({ userId: "u1" })).toMatchObject({ degraded: true, strategy: "simplified" });
    expect(lever.get({ other: "x" })).toMatchObject({ degraded: false, strategy: "placeholder" });
  });

  test("counts decisions since the revision that touched it", () => {
    const { store, commit } = bench();
    const lever = store.switch("a", { level: "core" });
    store.switch("b", { level: "core" });
    lever.isDegraded();
    lever.get();
    expect(store.reads()).toEqual([
      { kind: "switch", name: "a", decisions: 2 },
      { kind: "switch", name: "b", decisions: 0 },
    ]);
    commit({ "switch/a": switchBody("NORMAL") });
    lever.isDegraded();
    commit({ "switch/b": switchBody("NORMAL") });
    expect(store.reads()[0]).toEqual({ kind: "switch", name: "a", decisions: 1 });
    expect([...store.outcomes()][0]?.outcomes).toEqual({ normal: 3, degraded: 0 });
  });

  test("declared after its revision, it has it; a name that no lever can have serves the default", () => {
    const { store, commit, errors } = bench();
    commit({ "switch/a": switchBody("DEGRADED") });
    expect(store.switch("a", { level: "core" }).isDegraded()).toBe(true);
    expect(store.switch("a", { level: "core" })).toBe(store.switch("a", { level: "core" }));
    expect(store.switch("No Name", { level: "core" }).isDegraded()).toBe(false);
    expect(errors).toHaveLength(1);
    expect(store.reads()).toHaveLength(1);
  });
});

describe("a config", () => {
  const schema = z.object({ limit: z.int().min(1) });

  test.each([
    ["json", '{"limit":7}'],
    ["yaml", "limit: 7\n"],
  ] as const)("in %s is read once a revision", (format, text) => {
    const { store, commit } = bench();
    const config = store.config("paging", schema, { default: { limit: 1 } });
    expect(config.get()).toEqual({ limit: 1 });
    commit({ "config/paging": configBody(text, format) });
    expect(config.get()).toEqual({ limit: 7 });
    expect(config.get()).toBe(config.get());
  });

  test("that is a feature flag is what its flag says to a context, in the code's own types", () => {
    const { live, store, commit } = bench();
    const limits = store.config("paging", schema, { default: { limit: 1 } });
    const checkout = store.config("checkout", z.boolean(), { default: false });
    const strategies = [{ constraints: [{ contextName: "plan", operator: "IN", values: ["gold"] }] }];
    const flag = { enabled: true, strategies, value: { limit: 100 }, otherwise: { limit: 10 } };
    const variants = [{ name: "blue", weight: 1, payload: { type: "string", value: "b" } }];
    commit({
      "config/paging": configBody(JSON.stringify(flag), "flag"),
      "config/checkout": configBody(JSON.stringify({ enabled: true, strategies, variants }), "flag"),
    });
    expect([limits.get({ plan: "gold" }), limits.get({ plan: "free" }), limits.get()]).toEqual([
      { limit: 100 },
      { limit: 10 },
      { limit: 10 },
    ]);
    expect(checkout.get({ plan: "gold" })).toBe(true);
    expect(checkout.variant({ plan: "gold" })).toMatchObject({ name: "blue", enabled: true });
    expect(checkout.variant({ plan: "free" })).toMatchObject({ name: "disabled", featureEnabled: false });
    commit({ "config/paging": configBody(JSON.stringify({ ...flag, otherwise: 7 }), "flag") });
    expect(live.held[0]?.reason).toContain("the code refuses spec.value");
    expect(limits.get({ plan: "gold" })).toEqual({ limit: 100 });
  });

  test("in properties and text", () => {
    const { store, commit } = bench();
    const words = store.config("words", z.object({ limit: z.coerce.number() }), { default: { limit: 0 } });
    const motto = store.config("motto", z.string(), { default: "" });
    commit({
      "config/words": configBody("limit=9", "properties"),
      "config/motto": configBody("go on", "text"),
    });
    expect([words.get(), motto.get()]).toEqual([{ limit: 9 }, "go on"]);
  });

  test("a body that the code refuses is held for it alone, and its reason told", () => {
    const { live, store, commit } = bench();
    const config = store.config("paging", schema, { default: { limit: 1 } });
    const heard: number[] = [];
    config.onChange(({ limit }) => heard.push(limit));
    commit({ "config/paging": configBody('{"limit":7}') });
    commit({ "config/paging": configBody('{"limit":0}'), "switch/a": switchBody("DEGRADED") });
    expect(config.get()).toEqual({ limit: 7 });
    expect(heard).toEqual([7]);
    expect(live.held).toHaveLength(1);
    expect(live.held[0]).toMatchObject({ kind: "config", name: "paging", serving: "last-good" });
    expect(live.held[0]?.reason).toContain("the code refuses spec.value: limit:");
    expect(live.effective.get("switch/a")).toBeDefined();
  });

  test("the candidate is refused like the stable value", () => {
    const { live, store, commit } = bench();
    store.config("paging", schema, { default: { limit: 1 } });
    const rollout = {
      id: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
      salt: "s",
      shareBp: 1,
      stickiness: "instance",
      candidate: { format: "json", value: '{"limit":-1}' },
    };
    commit({ "config/paging": configBody('{"limit":7}', "json", { rollout }) });
    expect(live.held[0]?.reason).toContain("rollout.candidate.value");
  });

  test("a schema that throws refuses", () => {
    const { live, store, commit } = bench();
    const angry = z.string().transform((): string => {
      throw new Error("angry");
    });
    const config = store.config("a", angry, { default: "calm" });
    commit({ "config/a": configBody("x", "text") });
    expect(config.get()).toBe("calm");
    expect(live.held[0]?.reason).toContain("angry");
  });
});

describe("a breaker", () => {
  test("takes live thresholds, and its own again when the lever goes", () => {
    const { store, commit } = bench();
    const breaker = store.breaker("pay", { waitDurationInOpenStateMs: 700 });
    commit({ "breaker/pay": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }) });
    expect(breaker.permit()).toBe(false);
    commit({ "breaker/pay": undefined });
    expect(breaker.spec.waitDurationInOpenStateMs).toBe(700);
  });

  test("invalid defaults give way to Leverframe's", () => {
    const { store, errors } = bench();
    expect(store.breaker("pay", { failureRateThreshold: 500 }).spec).toEqual(DEFAULT_BREAKER);
    expect(errors).toHaveLength(1);
  });
});

test("listeners of one lever read the others of the same revision already swapped", () => {
  const { store, commit } = bench();
  const a = store.switch("a", { level: "core" });
  const b = store.switch("b", { level: "core" });
  const breaker = store.breaker("pay", {});
  const seen: boolean[][] = [];
  const look = () => seen.push([a.isDegraded(), b.isDegraded(), breaker.spec.mode === "FORCED_OPEN"]);
  a.onChange(look);
  b.onChange(look);
  breaker.onTransition(look);
  a.onChange(() => {
    throw new Error("host");
  });
  commit({
    "switch/a": switchBody("DEGRADED"),
    "switch/b": switchBody("DEGRADED"),
    "breaker/pay": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }),
  });
  expect(seen).toEqual([
    [true, true, true],
    [true, true, true],
    [true, true, true],
  ]);
  commit({ "switch/a": badSwitchBody(), "switch/b": switchBody("NORMAL") });
  expect(seen).toHaveLength(3);
});

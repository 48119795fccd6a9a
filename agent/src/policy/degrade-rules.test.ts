import { describe, expect, test } from "vitest";
import { breakerBody, degradeBody, retryBody, switchBody } from "../../../test/support/bodies.ts";
import { policyBench, watch } from "../../../test/support/policy-bench.ts";
import type { DegradeSpec } from "../protocol/index.ts";
import { DEFAULT_BREAKER } from "../protocol/index.ts";
import { specFor } from "../rules/index.ts";
import { DegradeRules } from "./degrade-rules.ts";
import { HttpStatusError } from "./errors.ts";
import { ProcessLoad } from "./process-load.ts";
import { readSignal } from "./signals.ts";

const RULE: DegradeSpec = {
  switch: "comments",
  signal: "failureRate",
  of: "comment",
  above: 50,
  forMs: 1_000,
  recoverBelow: 10,
  recoverForMs: 2_000,
  recoverStepsBp: [5_000, 1_000, 0],
};

/** Rules on committed levers, with a signal that the test sets, or the real ones. */
function ruleBench() {
  const bench = policyBench();
  const { clock, levers, policies, live } = bench;
  const told: Record<string, number | undefined> = {};
  let moves = 0;
  const sources = {
    rates: (of: string | undefined) => policies.rates(of),
    breakers: (of: string | undefined) =>
      [...levers.breakers()].filter((breaker) => of === undefined || breaker.name === of),
    load: new ProcessLoad(clock.now),
  };
  const rules = new DegradeRules({
    clock,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    switchOf: (name) => levers.knownSwitch(name),
    breakerOf: (name) => levers.knownBreaker(name),
    read: (signal, of) => (signal in told ? told[signal] : readSignal(signal, of, sources)),
    onMove: () => moves++,
  });
  const commit = (edits: Parameters<typeof bench.commit>[0]): void => {
    bench.commit(edits);
    rules.update(
      [...live.effective.values()].flatMap(({ name, lever }) =>
        lever.kind === "degrade" ? [{ name, spec: specFor(lever.resource, "order-1") }] : [],
      ),
    );
  };
  return { ...bench, commit, rules, told, moves: () => moves };
}

describe("a rule", () => {
  test("degrades its switch here while its signal is high, says so, and lets go by steps", async () => {
    const { levers, commit, rules, told, pass, moves } = ruleBench();
    const comments = levers.switch("comments", { level: "non-core" });
    commit({
      "switch/comments": switchBody("NORMAL", { strategy: "static", payload: ["resting"] }),
      "degrade/calm-comments": degradeBody(RULE),
    });
    const heard: boolean[] = [];
    comments.onChange(({ degraded }) => heard.push(degraded));
    told["failureRate"] = 80;
    await pass(1_000);
    expect(comments.isDegraded({ userId: "u-1" })).toBe(false);
    await pass(500);
    expect(comments.get({ userId: "u-1" })).toEqual({
      degraded: true,
      level: "non-core",
      strategy: "static",
      payload: ["resting"],
      rule: "calm-comments",
    });
    expect(rules.reports()).toMatchObject([
      { rule: "calm-comments", switch: "comments", signal: "failureRate", value: 80, shareBp: 10_000 },
    ]);
    expect(rules.reads()).toEqual([{ kind: "degrade", name: "calm-comments", decisions: 1 }]);
    told["failureRate"] = 5;
    await pass(2_500);
    const users = Array.from({ length: 2_000 }, (_, index) => ({ userId: `u-${index}` }));
    const degraded = (): number => users.filter((user) => comments.isDegraded(user)).length;
    expect([rules.reports()[0]?.shareBp, degraded(), degraded()]).toEqual([5_000, degraded(), degraded()]);
    expect(Math.abs(degraded() - 1_000)).toBeLessThan(100);
    await pass(5_000);
    expect([comments.isDegraded(), rules.reports()]).toEqual([false, []]);
    expect([heard[0], heard.at(-1), moves()]).toEqual([true, false, 4]);
  });

  test("lets go of its switch at an operator's pull, and acts again only after a calm", async () => {
    const { levers, commit, told, pass } = ruleBench();
    const comments = levers.switch("comments", { level: "non-core" });
    commit({
      "switch/comments": switchBody("NORMAL"),
      "degrade/calm-comments": degradeBody({ ...RULE, forMs: 0 }),
    });
    told["failureRate"] = 80;
    await pass(500);
    expect(comments.isDegraded()).toBe(true);
    commit({ "switch/comments": switchBody("NORMAL", { strategy: "simplified" }) });
    await pass(5_000);
    expect(comments.isDegraded()).toBe(false);
    told["failureRate"] = 0;
    await pass(2_500);
    told["failureRate"] = 80;
    await pass(500);
    expect(comments.isDegraded()).toBe(true);
    commit({ "switch/comments": switchBody("DEGRADED") });
    expect([comments.isDegraded(), comments.get().rule]).toEqual([true, undefined]);
  });

  test("that is deleted lets go at once, and leaves no timer", async () => {
    const { levers, commit, told, pass, clock } = ruleBench();
    const comments = levers.switch("comments", { level: "non-core" });
    commit({ "degrade/calm-comments": degradeBody({ ...RULE, forMs: 0 }) });
    told["failureRate"] = 80;
    await pass(500);
    expect([comments.isDegraded(), clock.pending]).toEqual([true, 1]);
    commit({ "degrade/calm-comments": undefined });
    expect([comments.isDegraded(), clock.pending]).toEqual([false, 0]);
  });

  test("of a switch that the code does not know waits without a timer", () => {
    const { commit, clock, rules } = ruleBench();
    commit({ "degrade/calm-comments": degradeBody(RULE) });
    expect([clock.pending, rules.reads()]).toEqual([0, []]);
  });

  test("what matters less goes first and comes back last", async () => {
    const { levers, commit, told, pass } = ruleBench();
    const switches = {
      comments: levers.switch("comments", { level: "non-core" }),
      page: levers.switch("page", { level: "secondary" }),
      checkout: levers.switch("checkout", { level: "core" }),
    };
    const rule = (name: string): string =>
      degradeBody({
        switch: name,
        signal: "cpuPercent",
        above: 80,
        forMs: 1_000,
        recoverBelow: 50,
        recoverForMs: 1_000,
      });
    commit(Object.fromEntries(Object.keys(switches).map((name) => [`degrade/hot-${name}`, rule(name)])));
    const standing = (): boolean[] => Object.values(switches).map((lever) => lever.isDegraded());
    const seen: string[] = [];
    const look = async (ms: number): Promise<void> => {
      for (let step = 0; step < ms; step += 250) {
        await pass(250);
        const now = standing().map(Number).join("");
        if (seen.at(-1) !== now) seen.push(now);
      }
    };
    told["cpuPercent"] = 95;
    await look(5_000);
    told["cpuPercent"] = 20;
    await look(6_000);
    expect(seen).toEqual(["000", "100", "110", "111", "110", "100", "000"]);
  });
});

describe("the links", () => {
  const quick = { forMs: 0, recoverBelow: 0, recoverForMs: 500 } as const;
  const fail = (): Promise<never> => Promise.reject(new HttpStatusError(503, "not now"));

  test("an open breaker degrades, and a closed one lets go", async () => {
    const { levers, policies, commit, pass } = ruleBench();
    const charging = levers.switch("charging", { level: "secondary" });
    policies.policy("bank");
    commit({
      "degrade/no-bank": degradeBody({
        switch: "charging",
        signal: "breakerOpen",
        of: "bank",
        above: 50,
        ...quick,
      }),
    });
    commit({ "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }) });
    await pass(300);
    expect(charging.isDegraded()).toBe(true);
    commit({ "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "DISABLED" }) });
    await pass(1_200);
    expect(charging.isDegraded()).toBe(false);
  });

  test("retries that keep failing trip the breaker", async () => {
    const { policies, commit, pass } = ruleBench();
    const bank = policies.policy("bank", { breaker: { minimumNumberOfCalls: 1_000 } });
    commit({
      "retry/bank": retryBody({ maxAttempts: 2, waitDurationMs: 0 }),
      "degrade/trip-bank": degradeBody({
        breaker: "bank",
        signal: "retryFailureRate",
        of: "bank",
        above: 60,
        ...quick,
      }),
    });
    for (let call = 0; call < 8; call++) watch(bank.call(fail, { idempotent: true }));
    await pass(300);
    expect(bank.breaker?.state).toBe("OPEN");
    await pass(DEFAULT_BREAKER.waitDurationInOpenStateMs + 300);
    expect(bank.breaker?.state).toBe("HALF_OPEN");
  });

  test("a limit that is reached degrades", async () => {
    const { levers, policies, commit, pass } = ruleBench();
    const page = levers.switch("page", { level: "secondary" });
    const limit = { type: "RATE", permitsPerSecond: 5, maxQueueDurationMs: 0 } as const;
    const product = policies.policy("product", { limit });
    commit({
      "degrade/full": degradeBody({
        switch: "page",
        signal: "limitReached",
        of: "product",
        above: 40,
        ...quick,
      }),
    });
    for (let call = 0; call < 20; call++) watch(product.call(() => "goods"));
    await pass(300);
    expect(page.isDegraded()).toBe(true);
  });

  test("calls that fail degrade, and calls that nobody makes any more let go", async () => {
    const { levers, policies, commit, pass } = ruleBench();
    const comments = levers.switch("comments", { level: "non-core" });
    const comment = policies.policy("comment", { breaker: false });
    commit({
      "degrade/calm": degradeBody({
        switch: "comments",
        signal: "failureRate",
        of: "comment",
        above: 50,
        ...quick,
      }),
    });
    for (let call = 0; call < 10; call++) watch(comment.call(fail));
    await pass(300);
    expect(comments.isDegraded()).toBe(true);
    await pass(12_000);
    expect(comments.isDegraded()).toBe(false);
  });
});

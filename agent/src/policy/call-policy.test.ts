import { describe, expect, test } from "vitest";
import { breakerBody, limitBody, retryBody, timeoutBody } from "../../../test/support/bodies.ts";
import { policyBench, watch } from "../../../test/support/policy-bench.ts";
import { currentContext, NO_CONTEXT, runInContext } from "../context/index.ts";
import { DEFAULT_BREAKER } from "../protocol/index.ts";
import { HttpStatusError, isSpent } from "./index.ts";

const unavailable = (headers?: Record<string, string>): HttpStatusError =>
  new HttpStatusError(503, "not now", headers);
const refused = (): Error =>
  Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
const hang = (): Promise<never> => new Promise(() => undefined);

/** Fails `times` times, then answers; tells how often it was called. */
function flaky(times: number, error: () => unknown = unavailable) {
  const attempts: number[] = [];
  return {
    attempts,
    fn: ({ attempt }: { attempt: number }): Promise<string> => {
      attempts.push(attempt);
      return attempts.length <= times ? Promise.reject(error()) : Promise.resolve("paid");
    },
  };
}

describe("a call without levers", () => {
  test("is its function's, answer and error alike, tried once and without a timer", async () => {
    const { policies, clock } = policyBench();
    const bank = policies.policy("bank");
    await expect(bank.call(() => "paid")).resolves.toBe("paid");
    const { fn, attempts } = flaky(9);
    await expect(bank.call(fn, { idempotent: true })).rejects.toThrow("not now");
    expect([attempts, clock.pending]).toEqual([[1], 0]);
  });

  test("declares its levers for the receipts", () => {
    const { policies, levers } = policyBench();
    policies.policy("bank");
    expect(levers.reads().map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      "timeout/bank",
      "retry/bank",
      "limit/bank",
      "breaker/bank",
    ]);
  });
});

describe("a timeout", () => {
  test("ends the call, its signal and its timer, and is live", async () => {
    const { policies, commit, pass, clock } = policyBench();
    const bank = policies.policy("bank");
    commit({ "timeout/bank": timeoutBody(300) });
    let signal: AbortSignal | undefined;
    const call = watch(
      bank.call((attempt) => {
        signal = attempt.signal;
        return hang();
      }),
    );
    await pass(290);
    expect([call.state, signal?.aborted]).toEqual(["open", false]);
    await pass(10);
    expect(call.error).toMatchObject({ code: "CALL_TIMEOUT", timeoutMs: 300 });
    expect([signal?.aborted, clock.pending]).toEqual([true, 0]);
    commit({ "timeout/bank": timeoutBody(50) });
    const sooner = watch(bank.call(hang));
    await pass(50);
    expect(sooner.state).toBe("broken");
  });

  test("covers adapters that break off at the deadline they were given, a little before: tried again as an attempt's end", async () => {
    const { policies, commit, clock, pass } = policyBench();
    const bank = policies.policy("bank");
    const retry = retryBody({ maxAttempts: 2, waitDurationMs: 0, maxWaitDurationMs: 0, jitter: "NONE" });
    commit({ "timeout/bank": timeoutBody(1_000, 100), "retry/bank": retry });
    const brokenOff = Object.assign(new TypeError("fetch failed"), { cause: { code: "DEADLINE_EXCEEDED" } });
    const tries: number[] = [];
    const call = watch(
      bank.call(
        ({ attempt }) => {
          tries.push(attempt);
          if (attempt > 1) return "paid";
          return new Promise<string>((_, reject) => clock.after(98, () => reject(brokenOff)));
        },
        { idempotent: true },
      ),
    );
    await pass(97);
    expect(call.state).toBe("open");
    await pass(2);
    expect([call.state, tries]).toEqual(["kept", [1, 2]]);
    commit({ "retry/bank": undefined });
    const once = watch(
      bank.call(() => new Promise<string>((_, reject) => clock.after(98, () => reject(brokenOff)))),
    );
    await pass(99);
    expect(once.error).toMatchObject({ code: "ATTEMPT_TIMEOUT" });
    const early = watch(bank.call(() => Promise.reject(brokenOff)));
    await pass(1);
    expect(early.error).toBe(brokenOff);
  });

  test("never gives a callee more than its caller has left, but a little less", async () => {
    const { policies, commit, clock, pass } = policyBench();
    commit({ "timeout/bank": timeoutBody(3_000) });
    const request = { ...NO_CONTEXT, deadlineMs: clock.now() + 500 };
    const call = watch(
      runInContext(request, () =>
        policies.policy("bank").call(async ({ deadlineMs }) => {
          const outer = currentContext();
          const inner = await policies.policy("ledger").call(() => currentContext());
          return [deadlineMs, outer.deadlineMs, inner.deadlineMs];
        }),
      ),
    );
    await pass(0);
    const [told = 0, outer = 0, inner = 0] = call.value ?? [];
    expect(told).toBe(outer);
    expect(outer).toBeLessThan(request.deadlineMs);
    expect(outer).toBeGreaterThan(request.deadlineMs - 51);
    expect(inner).toBeLessThan(outer);
  });

  test("of the caller ends the call as its deadline, not as the callee's timeout", async () => {
    const { policies, commit, clock, pass } = policyBench();
    commit({ "timeout/bank": timeoutBody(3_000) });
    const request = { ...NO_CONTEXT, deadlineMs: clock.now() + 100 };
    const call = watch(runInContext(request, () => policies.policy("bank").call(hang)));
    await pass(100);
    expect(call.error).toMatchObject({ code: "DEADLINE_EXCEEDED", made: true });
  });

  test("that is over already lets the call not be made", async () => {
    const { policies, clock } = policyBench();
    const { fn, attempts } = flaky(0);
    const request = { ...NO_CONTEXT, deadlineMs: clock.now() };
    const call = runInContext(request, () => policies.policy("bank").call(fn));
    await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", made: false });
    expect(attempts).toEqual([]);
  });

  test("of an attempt leaves time for another one", async () => {
    const { policies, commit, pass } = policyBench();
    commit({
      "timeout/bank": timeoutBody(1_000, 200),
      "retry/bank": retryBody({ waitDurationMs: 100, jitter: "NONE" }),
    });
    let made = 0;
    const call = watch(
      policies
        .policy("bank")
        .call(() => (++made === 1 ? hang() : Promise.resolve("paid")), { idempotent: true }),
    );
    await pass(310);
    expect([call.value, made]).toEqual(["paid", 2]);
  });

  test("a caller that goes away ends the call at once, and the breaker does not count it", async () => {
    const { policies, pass } = policyBench();
    const bank = policies.policy("bank", { breaker: { minimumNumberOfCalls: 1 } });
    const gone = new AbortController();
    const call = watch(bank.call(hang, { signal: gone.signal, fallback: () => "later" as never }));
    await pass(10);
    gone.abort(new Error("the buyer left"));
    await pass(0);
    expect(call.error).toMatchObject({ message: "the buyer left" });
    expect([bank.breaker?.totals.failed, bank.stats.outcomes.cancelled]).toEqual([0, 1]);
  });
});

describe("a retry", () => {
  test("makes an idempotent call again, waiting longer each time, with the same key and the attempt told", async () => {
    const { policies, commit, pass } = policyBench();
    commit({ "retry/bank": retryBody({ waitDurationMs: 100, multiplier: 2, jitter: "NONE" }) });
    const seen: unknown[] = [];
    const call = watch(
      policies.policy("bank").call(
        ({ idempotencyKey }) => {
          seen.push([currentContext().attempt, idempotencyKey]);
          return seen.length < 3 ? Promise.reject(unavailable()) : Promise.resolve("paid");
        },
        { idempotencyKey: "order-7" },
      ),
    );
    await pass(90);
    expect(seen).toHaveLength(1);
    await pass(10);
    expect(seen).toHaveLength(2);
    await pass(190);
    expect(seen).toHaveLength(2);
    await pass(10);
    expect(call.value).toBe("paid");
    expect(seen).toEqual([
      [1, "order-7"],
      [2, "order-7"],
      [3, "order-7"],
    ]);
  });

  test("of a call that is not idempotent is made only where no work can have been done", async () => {
    const { policies, commit, pass } = policyBench();
    commit({ "retry/bank": retryBody({ waitDurationMs: 10 }) });
    const [unsure, sure] = [flaky(1), flaky(1, refused)];
    const bank = policies.policy("bank");
    const calls = [watch(bank.call(unsure.fn)), watch(bank.call(sure.fn))];
    await pass(20);
    expect(calls.map(({ state }) => state)).toEqual(["broken", "kept"]);
    expect([unsure.attempts, sure.attempts]).toEqual([[1], [1, 2]]);
    expect(bank.stats.refusals["not-idempotent"]).toBe(1);
  });

  test.each([
    ["a request that was wrong", () => new HttpStatusError(400, "no"), {}, 1],
    ["what is named", () => new HttpStatusError(400, "no"), { retryOn: ["4xx"] }, 3],
    ["what is not named", unavailable, { retryOn: ["ECONNRESET"] }, 1],
    ["gRPC's UNAVAILABLE", () => Object.assign(new Error("x"), { code: 14, details: "" }), {}, 3],
    ["gRPC's INTERNAL", () => Object.assign(new Error("x"), { code: 13, details: "" }), {}, 1],
    ["a reset connection", () => ({ cause: { code: "ECONNRESET" } }), {}, 3],
    ["a program's own fault", () => new TypeError("x is not a function"), {}, 1],
  ] as const)("after %s", async (_, error, spec, tries) => {
    const { policies, commit, pass } = policyBench();
    commit({ "retry/bank": retryBody({ waitDurationMs: 10, ...spec } as object) });
    const { fn, attempts } = flaky(9, error);
    watch(policies.policy("bank").call(fn, { idempotent: true }));
    await pass(200);
    expect(attempts).toHaveLength(tries);
  });

  test("is never slept into the deadline", async () => {
    const { policies, commit, pass } = policyBench();
    commit({
      "timeout/bank": timeoutBody(100),
      "retry/bank": retryBody({ waitDurationMs: 200, jitter: "NONE" }),
    });
    const bank = policies.policy("bank");
    const call = watch(bank.call(flaky(9).fn, { idempotent: true }));
    await pass(0);
    expect(call.error).toMatchObject({ status: 503 });
    expect(bank.stats.refusals.deadline).toBe(1);
  });

  test("waits as long as the callee asks, and is not made where it says no", async () => {
    const { policies, commit, pass } = policyBench();
    commit({ "retry/bank": retryBody({ waitDurationMs: 10 }) });
    const bank = policies.policy("bank");
    const later = flaky(1, () => unavailable({ "retry-after": "2" }));
    const call = watch(bank.call(later.fn, { idempotent: true }));
    await pass(1_990);
    expect(later.attempts).toHaveLength(1);
    await pass(20);
    expect(call.value).toBe("paid");
    const never = flaky(9, () => unavailable({ "leverframe-retry": "no" }));
    await expect(bank.call(never.fn, { idempotent: true })).rejects.toThrow("not now");
    expect([never.attempts, bank.stats.refusals.pushback]).toEqual([[1], 1]);
  });

  test("keeps to the budget that all calls of a callee share", async () => {
    const { policies, commit, pass } = policyBench();
    const retry = retryBody({ maxAttempts: 2, waitDurationMs: 0, budgetPercent: 10 });
    commit({ "retry/charge": retry, "retry/refund": retry });
    const breaker = false;
    const [charge, refund] = ["charge", "refund"].map((name) =>
      policies.policy(name, { callee: "bank", breaker }),
    );
    const counted = { attempts: 0 };
    const fail = (): Promise<never> => {
      counted.attempts++;
      return Promise.reject(unavailable());
    };
    for (let call = 0; call < 150; call++) {
      watch(charge?.call(fail, { idempotent: true }) ?? Promise.resolve());
      watch(refund?.call(fail, { idempotent: true }) ?? Promise.resolve());
    }
    await pass(50);
    expect(counted.attempts).toBe(300 + 30);
    expect((charge?.stats.refusals.budget ?? 0) + (refund?.stats.refusals.budget ?? 0)).toBe(270);
  });

  test("is made by one layer only: not below a caller that retries, not above a callee that did", async () => {
    const { policies, commit, pass } = policyBench();
    const retry = retryBody({ waitDurationMs: 10 });
    commit({ "retry/outer": retry, "retry/inner": retry });
    const below = flaky(9);
    const again = { ...NO_CONTEXT, attempt: 2 };
    watch(runInContext(again, () => policies.policy("inner").call(below.fn, { idempotent: true })));
    await pass(100);
    expect(below.attempts).toEqual([1]);
    const chain = flaky(99);
    const nested = watch(
      policies.policy("outer").call(() => policies.policy("inner").call(chain.fn, { idempotent: true }), {
        idempotent: true,
      }),
    );
    await pass(500);
    expect(chain.attempts).toHaveLength(3);
    expect(isSpent(nested.error)).toBe(true);
  });

  test("draws its wait from none to all of it", async () => {
    const { policies, commit, pass } = policyBench({ random: () => 0.25 });
    commit({ "retry/bank": retryBody({ waitDurationMs: 400, jitter: "FULL" }) });
    const { fn, attempts } = flaky(1);
    watch(policies.policy("bank").call(fn, { idempotent: true }));
    await pass(90);
    expect(attempts).toHaveLength(1);
    await pass(10);
    expect(attempts).toHaveLength(2);
  });

  test("of an answer that is a failure all the same", async () => {
    const { policies, commit, pass } = policyBench();
    commit({ "retry/bank": retryBody({ waitDurationMs: 10 }) });
    const statuses = [503, 503, 200];
    const call = watch(
      policies.policy("bank").call(() => ({ status: statuses.shift() ?? 0 }), {
        idempotent: true,
        failed: ({ status }) => (status >= 500 ? new HttpStatusError(status, "failed") : undefined),
      }),
    );
    await pass(100);
    expect(call.value).toEqual({ status: 200 });
  });
});

describe("limits and breaker", () => {
  test("neither an open breaker nor a full limit is retried", async () => {
    const { policies, commit, pass } = policyBench();
    commit({
      "retry/bank": retryBody({ waitDurationMs: 10 }),
      "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }),
      "retry/ledger": retryBody({ waitDurationMs: 10 }),
      "limit/ledger": limitBody({ type: "CONCURRENCY", maxConcurrentCalls: 1, maxQueueDurationMs: 0 }),
    });
    const { fn, attempts } = flaky(0);
    const open = watch(policies.policy("bank").call(fn, { idempotent: true }));
    watch(policies.policy("ledger").call(hang));
    const full = watch(policies.policy("ledger").call(fn, { idempotent: true }));
    await pass(100);
    expect(open.error).toMatchObject({ code: "BREAKER_OPEN" });
    expect(full.error).toMatchObject({ code: "LIMIT_REACHED", why: "concurrency" });
    expect(attempts).toEqual([]);
  });

  test("nobody queues at a limit for an open breaker, and a queue's wait is no slowness of the callee", async () => {
    const { policies, commit, pass } = policyBench();
    const bank = policies.policy("bank", { breaker: { slowCallDurationThresholdMs: 200 } });
    commit({
      "limit/bank": limitBody({ type: "RATE", permitsPerSecond: 1, burst: 1, maxQueueDurationMs: 1_000 }),
    });
    const calls = [watch(bank.call(() => "paid")), watch(bank.call(() => "paid"))];
    await pass(1_000);
    expect([calls[1]?.value, bank.breaker?.totals.slow]).toEqual(["paid", 0]);
    commit({ "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }) });
    const open = watch(bank.call(() => "paid"));
    await pass(0);
    expect(open.error).toMatchObject({ code: "BREAKER_OPEN" });
  });

  test("a wrong request and a refusal of our own do not open the breaker; a callee's failures and timeouts do", async () => {
    const { policies, commit, pass } = policyBench();
    commit({ "timeout/bank": timeoutBody(50) });
    const bank = policies.policy("bank", { breaker: { minimumNumberOfCalls: 4, slidingWindowSize: 60 } });
    for (let call = 0; call < 10; call++)
      await bank.call(() => Promise.reject(new HttpStatusError(404, "no such card"))).catch(() => undefined);
    expect(bank.breaker?.state).toBe("CLOSED");
    for (let call = 0; call < 4; call++) {
      watch(bank.call(hang));
      await pass(50);
    }
    expect(bank.breaker?.state).toBe("OPEN");
  });
});

test("more calls by name than anybody writes share one policy", () => {
  const { policies, lines } = policyBench();
  const made = new Set(Array.from({ length: 600 }, (_, index) => policies.policy(`bank-${index}`)));
  expect(made.size).toBe(501);
  expect(lines.filter(({ message }) => message.startsWith("too many calls"))).toHaveLength(1);
});

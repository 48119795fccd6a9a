import { describe, expect, test } from "vitest";
import { type BreakerSpec, DEFAULT_BREAKER } from "../protocol/index.ts";
import {
  type Cause,
  IllegalTransitionError,
  nextState,
  type StateName,
  TRANSITIONS,
} from "../rules/index.ts";
import { Breaker } from "./breaker.ts";
import { BreakerOpenError, type Transition } from "./breaker-view.ts";
import type { Permit } from "./permit.ts";

const SPEC: BreakerSpec = {
  ...DEFAULT_BREAKER,
  slidingWindowType: "COUNT_BASED",
  slidingWindowSize: 10,
  minimumNumberOfCalls: 4,
  failureRateThreshold: 50,
  slowCallRateThreshold: 80,
  slowCallDurationThresholdMs: 100,
  waitDurationInOpenStateMs: 1_000,
  permittedNumberOfCallsInHalfOpenState: 3,
  successesToClose: 2,
  maxWaitDurationInHalfOpenStateMs: 0,
};

function bench(spec: Partial<BreakerSpec> = {}) {
  const time = { nowMs: 10_000 };
  const breaker = new Breaker("pay", { ...SPEC, ...spec }, () => time.nowMs);
  const moves: Transition[] = [];
  breaker.onTransition((move) => moves.push(move));
  const take = (): Permit => {
    const permit = breaker.permit();
    if (permit === false) throw new Error(`refused while ${breaker.state}`);
    return permit;
  };
  const finish = (failed: boolean, durationMs = 0) => {
    const permit = take();
    time.nowMs += durationMs;
    if (failed) permit.failure();
    else permit.success();
  };
  return {
    breaker,
    time,
    moves,
    take,
    fail: (durationMs?: number) => finish(true, durationMs),
    pass: (durationMs?: number) => finish(false, durationMs),
    causes: () => moves.map(({ cause }) => cause),
  };
}

const opened = (spec: Partial<BreakerSpec> = {}) => {
  const it = bench(spec);
  for (let call = 0; call < 4; call++) it.fail();
  expect(it.breaker.state).toBe("OPEN");
  return it;
};
const halfOpened = (spec: Partial<BreakerSpec> = {}) => {
  const it = opened(spec);
  it.time.nowMs += 1_000;
  expect(it.breaker.state).toBe("HALF_OPEN");
  return it;
};

describe("the transition table", () => {
  const states: StateName[] = ["CLOSED", "OPEN", "HALF_OPEN"];
  const causes: Cause[] = [
    "failure-rate",
    "slow-call-rate",
    "wait-over",
    "trials-succeeded",
    "trials-failed",
    "trials-overdue",
    "forced-open",
    "let-through",
  ];
  const legal: Record<StateName, string[]> = {
    CLOSED: ["failure-rate>OPEN", "slow-call-rate>OPEN", "forced-open>OPEN", "let-through>CLOSED"],
    OPEN: ["wait-over>HALF_OPEN", "forced-open>OPEN", "let-through>CLOSED"],
    HALF_OPEN: [
      "trials-succeeded>CLOSED",
      "trials-failed>OPEN",
      "trials-overdue>OPEN",
      "forced-open>OPEN",
      "let-through>CLOSED",
    ],
  };
  test.each(states.flatMap((from) => causes.map((cause) => [from, cause] as const)))(
    "%s by %s",
    (from, cause) => {
      const to = TRANSITIONS[from][cause];
      if (to === undefined) expect(() => nextState(from, cause)).toThrow(IllegalTransitionError);
      else expect(legal[from]).toContain(`${cause}>${nextState(from, cause)}`);
      expect(legal[from].some((move) => move.startsWith(`${cause}>`))).toBe(to !== undefined);
    },
  );
});

describe("closed", () => {
  test("opens at the failure rate, and not below the least number of calls", () => {
    const it = bench();
    it.fail();
    it.fail();
    it.fail();
    expect(it.breaker.state).toBe("CLOSED");
    it.pass();
    expect(it.breaker.state).toBe("OPEN");
    expect(it.moves).toEqual([{ breaker: "pay", from: "CLOSED", to: "OPEN", cause: "failure-rate" }]);
  });

  test("opens at the slow-call rate though nothing failed", () => {
    const it = bench();
    for (let call = 0; call < 4; call++) it.pass(101);
    expect(it.causes()).toEqual(["slow-call-rate"]);
  });

  test("a call as long as the threshold is not slow", () => {
    const it = bench();
    for (let call = 0; call < 4; call++) it.pass(100);
    expect(it.breaker.state).toBe("CLOSED");
  });

  test("old failures leave a time window", () => {
    const it = bench({ slidingWindowType: "TIME_BASED", slidingWindowSize: 5 });
    it.fail();
    it.fail();
    it.fail();
    it.time.nowMs += 5_000;
    it.fail();
    expect(it.breaker.stats).toMatchObject({ state: "CLOSED", calls: 1 });
  });

  test("a released permit counts as no call", () => {
    const it = bench();
    for (let call = 0; call < 9; call++) it.take().release();
    expect(it.breaker.stats.calls).toBe(0);
  });

  test("a permit is settled once", () => {
    const it = bench();
    const permit = it.take();
    permit.success();
    permit.failure();
    expect(it.breaker.stats).toMatchObject({ calls: 1, failures: 0 });
  });
});

describe("open", () => {
  test("refuses, and drops the results of calls from before", () => {
    const it = bench();
    const late = it.take();
    for (let call = 0; call < 4; call++) it.fail();
    expect(it.breaker.permit()).toBe(false);
    late.success();
    it.time.nowMs += 1_000;
    late.success();
    expect(it.breaker.state).toBe("HALF_OPEN");
    expect(it.breaker.totals).toMatchObject({ succeeded: 1, failed: 4, slow: 0, permitted: 5, refused: 1 });
  });

  test("recovers by time alone, without a call", () => {
    const it = opened();
    it.time.nowMs += 999;
    expect(it.breaker.state).toBe("OPEN");
    it.time.nowMs += 1;
    expect(it.breaker.state).toBe("HALF_OPEN");
    it.time.nowMs += 3_600_000;
    expect(it.breaker.state).toBe("HALF_OPEN");
  });
});

describe("half open", () => {
  test("lets its permitted trials through and no more", () => {
    const it = halfOpened();
    const trials = [it.take(), it.take(), it.take()];
    expect(it.breaker.permit()).toBe(false);
    trials[0]?.release();
    expect(it.breaker.permit()).not.toBe(false);
  });

  test("closes after enough good trials, with an empty window", () => {
    const it = halfOpened();
    it.pass();
    it.pass();
    expect(it.causes()).toEqual(["failure-rate", "wait-over", "trials-succeeded"]);
    expect(it.breaker.stats).toMatchObject({ state: "CLOSED", calls: 0 });
  });

  test("opens once the good trials can't be reached any more", () => {
    const it = halfOpened();
    it.fail();
    expect(it.breaker.state).toBe("HALF_OPEN");
    it.fail();
    expect(it.causes().at(-1)).toBe("trials-failed");
  });

  test("a slow trial is no good one", () => {
    const it = halfOpened();
    it.pass(101);
    it.pass(101);
    expect(it.breaker.state).toBe("OPEN");
  });

  test("a trial of an earlier half-open state is dropped by identity", () => {
    const it = halfOpened();
    const late = it.take();
    it.fail();
    it.fail();
    it.time.nowMs += 1_000;
    expect(it.breaker.state).toBe("HALF_OPEN");
    late.success();
    it.pass();
    expect(it.breaker.state).toBe("HALF_OPEN");
    it.pass();
    expect(it.breaker.state).toBe("CLOSED");
  });

  test("trials that never end open it after the longest wait, counted from the first of them", () => {
    const it = halfOpened({ maxWaitDurationInHalfOpenStateMs: 500 });
    it.time.nowMs += 10_000;
    expect(it.breaker.state).toBe("HALF_OPEN");
    const hanging = it.take();
    it.time.nowMs += 499;
    expect(it.breaker.state).toBe("HALF_OPEN");
    it.time.nowMs += 1;
    expect(it.breaker.state).toBe("OPEN");
    it.time.nowMs += 1_000;
    expect(it.breaker.state).toBe("HALF_OPEN");
    hanging.success();
    expect(it.causes().slice(-2)).toEqual(["trials-overdue", "wait-over"]);
  });
});

describe("live thresholds", () => {
  test("a lower failure rate opens at once on the calls that were counted", () => {
    const it = bench({ failureRateThreshold: 90 });
    it.fail();
    it.fail();
    it.pass();
    it.pass();
    expect(it.breaker.state).toBe("CLOSED");
    it.breaker.update({ ...SPEC, failureRateThreshold: 50 });
    expect(it.breaker.state).toBe("OPEN");
  });

  test("a call in flight over the change still counts", () => {
    const it = bench();
    const permit = it.take();
    it.breaker.update({ ...SPEC, slidingWindowSize: 20 });
    permit.failure();
    expect(it.breaker.stats).toMatchObject({ calls: 1, failures: 1 });
  });

  test("a shorter wait ends the open state sooner", () => {
    const it = opened();
    it.time.nowMs += 300;
    it.breaker.update({ ...SPEC, waitDurationInOpenStateMs: 300 });
    expect(it.breaker.state).toBe("HALF_OPEN");
  });

  test("fewer successes close it with those that came", () => {
    const it = halfOpened();
    it.pass();
    it.breaker.update({ ...SPEC, successesToClose: 1 });
    expect(it.breaker.state).toBe("CLOSED");
  });
});

describe("what is told of it", () => {
  test("since when it is in its state, what opened it, and when that ends by itself", () => {
    const it = opened();
    it.time.nowMs += 400;
    expect(it.breaker.standing).toEqual({
      state: "OPEN",
      mode: "NORMAL",
      sinceMs: 10_000,
      dueMs: 11_000,
      trials: undefined,
      failureRate: 100,
      slowCallRate: 0,
    });
    it.time.nowMs += 5_000;
    expect(it.breaker.standing).toMatchObject({
      state: "HALF_OPEN",
      sinceMs: 11_000,
      trials: { done: 0, of: 3 },
    });
  });

  test("trials as they are done, and no end of a state that a mode keeps", () => {
    const it = halfOpened();
    it.pass();
    it.fail();
    expect(it.breaker.standing.trials).toEqual({ done: 2, of: 3 });
    it.breaker.update({ ...SPEC, mode: "FORCED_OPEN" });
    expect(it.breaker.standing).toMatchObject({ state: "OPEN", mode: "FORCED_OPEN", dueMs: undefined });
  });
});

describe("modes", () => {
  test("FORCED_OPEN refuses whatever time passes, and comes back through trials", () => {
    const it = bench();
    it.breaker.update({ ...SPEC, mode: "FORCED_OPEN" });
    it.time.nowMs += 100_000;
    expect(it.breaker.state).toBe("OPEN");
    expect(it.breaker.permit()).toBe(false);
    it.breaker.update(SPEC);
    expect(it.breaker.state).toBe("HALF_OPEN");
  });

  test("DISABLED lets all through and counts nothing", () => {
    const it = opened();
    it.breaker.update({ ...SPEC, mode: "DISABLED" });
    for (let call = 0; call < 20; call++) it.fail();
    expect(it.breaker.stats).toMatchObject({ state: "CLOSED", mode: "DISABLED", calls: 0 });
    it.breaker.update(SPEC);
    expect(it.breaker.state).toBe("CLOSED");
  });

  test("METRICS_ONLY lets all through and counts; back to NORMAL it is judged by that", () => {
    const it = bench({ mode: "METRICS_ONLY" });
    for (let call = 0; call < 6; call++) it.fail();
    expect(it.breaker.stats).toMatchObject({ state: "CLOSED", calls: 6, failureRate: 100 });
    it.breaker.update(SPEC);
    expect(it.breaker.state).toBe("OPEN");
  });
});

describe("call", () => {
  test("counts answers and errors, and throws BreakerOpenError without calling", async () => {
    const it = bench();
    expect(await it.breaker.call(async () => 7)).toBe(7);
    const broken = async (): Promise<never> => {
      throw new Error("bank");
    };
    for (let call = 0; call < 3; call++) await expect(it.breaker.call(broken)).rejects.toThrow("bank");
    let called = false;
    await expect(
      it.breaker.call(() => {
        called = true;
      }),
    ).rejects.toThrow(BreakerOpenError);
    expect(called).toBe(false);
  });

  test("an ignored error and a synchronous throw", async () => {
    const it = bench();
    const refuse = () => {
      throw new Error("404");
    };
    await expect(it.breaker.call(refuse, { ignore: () => true })).rejects.toThrow("404");
    expect(it.breaker.stats.calls).toBe(0);
    await expect(it.breaker.call(refuse)).rejects.toThrow("404");
    expect(it.breaker.stats).toMatchObject({ calls: 1, failures: 1 });
  });

  test("a listener that throws harms nobody", () => {
    const it = bench();
    it.breaker.onTransition(() => {
      throw new Error("host");
    });
    for (let call = 0; call < 4; call++) it.fail();
    expect(it.breaker.state).toBe("OPEN");
  });
});

describe("the shadow of METRICS_ONLY", () => {
  const watching = () => bench({ mode: "METRICS_ONLY" });

  test("counts what would have been refused, and says where it would stand", () => {
    const it = watching();
    for (let call = 0; call < 4; call++) it.fail();
    expect(it.breaker.standing).toMatchObject({ state: "CLOSED", wouldBe: "OPEN" });
    it.pass();
    it.pass();
    expect(it.breaker.totals).toMatchObject({ permitted: 6, refused: 0, wouldRefuse: 2 });
    it.time.nowMs += 1_000;
    expect(it.breaker.standing.wouldBe).toBe("HALF_OPEN");
    it.pass();
    it.pass();
    expect(it.breaker.standing.wouldBe).toBe("CLOSED");
    expect(it.moves).toEqual([]);
  });

  test("begins with the calls that were counted before", () => {
    const it = bench();
    it.fail();
    it.fail();
    it.pass();
    it.breaker.update({ ...SPEC, mode: "METRICS_ONLY" });
    it.fail();
    expect(it.breaker.standing.wouldBe).toBe("OPEN");
    it.breaker.update(SPEC);
    expect(it.breaker.standing).toMatchObject({ state: "OPEN", wouldBe: undefined });
  });

  test("goes on under live thresholds", () => {
    const it = watching();
    it.fail();
    it.pass();
    it.pass();
    it.pass();
    expect(it.breaker.standing.wouldBe).toBe("CLOSED");
    it.breaker.update({ ...SPEC, mode: "METRICS_ONLY", failureRateThreshold: 25 });
    expect(it.breaker.standing.wouldBe).toBe("OPEN");
  });
});

describe("tripped by another's word", () => {
  test("opens at once, and recovers as ever", () => {
    const it = bench();
    it.breaker.trip();
    expect(it.breaker.state).toBe("OPEN");
    it.breaker.trip();
    expect(it.causes()).toEqual(["tripped"]);
    it.time.nowMs += 1_000;
    expect(it.breaker.state).toBe("HALF_OPEN");
    it.breaker.trip();
    expect(it.causes()).toEqual(["tripped", "wait-over", "tripped"]);
  });

  test.each(["DISABLED", "METRICS_ONLY"] as const)("is not obeyed while %s", (mode) => {
    const it = bench({ mode });
    it.breaker.trip();
    expect(it.breaker.state).toBe("CLOSED");
  });
});

describe("calls", () => {
  test("an answer may count as a failure", async () => {
    const it = bench();
    const fails = (status: number) => status >= 500;
    for (const status of [200, 503, 503, 200]) {
      expect(await it.breaker.call(() => status, { fails })).toBe(status);
    }
    expect(it.causes()).toEqual(["failure-rate"]);
  });

  test("every refusal is the same error, without a stack to pay for", async () => {
    const it = opened();
    const refusals = await Promise.allSettled([it.breaker.call(() => 1), it.breaker.call(() => 2, {})]);
    const [first, second] = refusals.map((each) => (each.status === "rejected" ? each.reason : undefined));
    expect(first).toBeInstanceOf(BreakerOpenError);
    expect(second).toBe(first);
    expect((first as Error).stack).toBe("BreakerOpenError: breaker pay lets no call through");
  });

  test("calls of one moment are counted one by one, each by when it ends", async () => {
    const it = bench({ minimumNumberOfCalls: 3 });
    const ends: ((failed: boolean) => void)[] = [];
    const calls = [0, 1, 2].map(() =>
      it.breaker.call(
        () =>
          new Promise<string>((resolve, reject) =>
            ends.push((failed) => (failed ? reject(new Error("no")) : resolve("yes"))),
          ),
      ),
    );
    ends[0]?.(false);
    expect(await calls[0]).toBe("yes");
    it.time.nowMs += 150;
    ends[1]?.(true);
    await expect(calls[1]).rejects.toThrow("no");
    ends[2]?.(false);
    await calls[2];
    expect(it.breaker.stats).toMatchObject({ calls: 3, failures: 1, slow: 2 });
  });

  test("slow calls are timed coarsely from 100 ms on, and exactly below", () => {
    const time = { exact: 0, coarse: 0 };
    const clocks = { now: () => time.exact, coarse: () => time.coarse };
    const breaker = new Breaker("pay", { ...SPEC, slowCallDurationThresholdMs: 99 }, clocks);
    const call = () => {
      const permit = breaker.permit();
      time.exact += 120;
      if (permit !== false) permit.success();
    };
    call();
    expect(breaker.totals.slow).toBe(1);
    breaker.update({ ...SPEC, slowCallDurationThresholdMs: 100 });
    call();
    expect(breaker.totals).toMatchObject({ succeeded: 2, slow: 1 });
  });
});

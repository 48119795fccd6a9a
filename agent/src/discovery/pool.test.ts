import { describe, expect, it } from "vitest";
import { serviceInstance as instance } from "../../../test/support/service-instances.ts";
import { type BalancingSpec, balancingFrom } from "./balancing.ts";
import { LOAD_BELIEVED_MS } from "./cpu-aware.ts";
import { Pool } from "./pool.ts";
import { bitsFrom } from "./random.ts";
import type { ServiceInstance } from "./service-instance.ts";

const ALWAYS = Number.NEGATIVE_INFINITY;

/** A pool in time that the test turns. */
function bench(instances: readonly ServiceInstance[], spec: Partial<BalancingSpec> = {}) {
  const time = { nowMs: 1_000 };
  const pool = new Pool({ zone: "a", bits: bitsFrom(7), now: () => time.nowMs });
  pool.obey(balancingFrom({ balancer: "ROUND_ROBIN", ...spec }));
  pool.take(instances, () => ALWAYS);
  const pick = (): string => pool.pick()?.instance ?? "-";
  return {
    pool,
    time,
    picks: (count: number): string => Array.from({ length: count }, pick).join(""),
    counts(count: number): Record<string, number> {
      const counted: Record<string, number> = {};
      for (let turn = 0; turn < count; turn++) {
        const name = pick();
        counted[name] = (counted[name] ?? 0) + 1;
      }
      return counted;
    },
    /** Calls an instance by name, whoever would be next. */
    call(
      name: string,
      { failed = false, tookMs = 0, cpu }: { failed?: boolean; tookMs?: number; cpu?: number } = {},
    ) {
      const except = new Set(instances.map((each) => each.instance).filter((each) => each !== name));
      const call = pool.acquire({ except });
      expect(call?.instance.instance).toBe(name);
      time.nowMs += tookMs;
      call?.done({ failed, ...(cpu === undefined ? {} : { load: { cpuUtilization: cpu } }) });
    },
    wait(ms: number): void {
      time.nowMs += ms;
      pool.look(time.nowMs);
    },
  };
}
const named = (...names: string[]) => names.map((name) => instance(name));
const failures = (it: ReturnType<typeof bench>, name: string, count: number): void => {
  for (let turn = 0; turn < count; turn++) it.call(name, { failed: true });
};

describe("calls go by weight", () => {
  it("each exactly as often as its weight says, and apart", () => {
    const it = bench([
      instance("a", { weight: 5 }),
      instance("b", { weight: 1 }),
      instance("c", { weight: 1 }),
    ]);
    expect(it.picks(7)).toBe("aabacaa");
    expect(it.counts(700)).toEqual({ a: 500, b: 100, c: 100 });
  });

  it("in plain turns where all weigh the same, whatever that is", () => {
    expect(bench(["a", "b", "c"].map((name) => instance(name, { weight: 7 }))).counts(9)).toEqual({
      a: 3,
      b: 3,
      c: 3,
    });
  });

  it("not to a weight of 0 while another takes calls", () => {
    expect(bench([instance("a", { weight: 0 }), instance("b", { weight: 1 })]).picks(3)).toBe("bbb");
    expect(bench([instance("a", { weight: 0 })]).picks(2)).toBe("aa");
  });

  it("also where two are drawn: a tenth of the weight is about a tenth of the calls", () => {
    const { a = 0, b = 0 } = bench([instance("a"), instance("b", { weight: 11 })], {
      balancer: "P2C",
    }).counts(11_100);
    expect(a + b).toBe(11_100);
    expect(b / 11_100).toBeCloseTo(11 / 111, 1);
  });
});

describe("who takes calls", () => {
  it("the drained only where nobody else stands, and before the suspect", () => {
    const drained = instance("d", { drained: true });
    expect(bench([instance("a"), drained]).picks(3)).toBe("aaa");
    expect(bench([drained, instance("s", { state: "suspect" })]).picks(3)).toBe("ddd");
    expect(bench([instance("s", { state: "suspect" })]).picks(2)).toBe("ss");
  });

  it("never the isolated, nor anybody without an address", () => {
    const isolated = instance("i", { isolated: true });
    expect(bench([isolated, instance("w", { address: undefined })]).picks(2)).toBe("--");
    expect(bench([isolated, instance("s", { state: "suspect" })]).picks(2)).toBe("ss");
  });

  it("nobody twice for one request", () => {
    const { pool } = bench(named("a", "b"));
    const first = pool.acquire()?.instance.instance ?? "";
    const second = pool.acquire({ except: new Set([first]) })?.instance.instance ?? "";
    expect([first, second].sort()).toEqual(["a", "b"]);
    expect(pool.acquire({ except: new Set(["a", "b"]) })).toBeUndefined();
  });
});

describe("calls under way", () => {
  it("turn P2C to the other one, until they are over", () => {
    const it = bench(named("a", "b"), { balancer: "P2C" });
    const call = it.pool.acquire({ except: new Set(["b"]) });
    expect(it.picks(5)).toBe("bbbbb");
    call?.done();
    call?.done();
    expect(Object.keys(it.counts(50)).sort()).toEqual(["a", "b"]);
  });

  it("are remembered through changes of the set and of the balancer, and forgotten with the process", () => {
    const it = bench(named("a", "b"));
    it.pool.acquire({ except: new Set(["b"]) });
    it.pool.take(named("a", "b", "c"), () => ALWAYS);
    it.pool.take([instance("a", { weight: 50 }), instance("b", { weight: 50 })], () => ALWAYS);
    it.pool.obey(balancingFrom({ balancer: "P2C" }));
    expect(it.picks(5)).toBe("bbbbb");
    it.pool.take([instance("a", { incarnation: "2" }), instance("b")], () => ALWAYS);
    expect(Object.keys(it.counts(50)).sort()).toEqual(["a", "b"]);
  });
});

describe("latency", () => {
  it("sends calls to the faster, and tries the slow one again when its peak has decayed", () => {
    const it = bench(named("a", "b"), { balancer: "LATENCY_EWMA" });
    it.call("a", { tookMs: 10 });
    it.call("b", { tookMs: 500 });
    expect(it.picks(5)).toBe("aaaaa");
    for (let turn = 0; turn < 40; turn++) {
      it.wait(1_000);
      it.call("a", { tookMs: 10 });
    }
    expect(it.picks(5)).toBe("bbbbb");
  });

  it("one without history gets one call, and no second one before that is over", () => {
    const it = bench(named("a", "b"), { balancer: "LATENCY_EWMA" });
    it.call("a", { tookMs: 10 });
    expect(it.picks(2)).toBe("bb");
    it.pool.acquire({ except: new Set(["a"]) });
    expect(it.picks(3)).toBe("aaa");
  });

  it("of a call that failed at once makes nobody fast", () => {
    const it = bench(named("a", "b"), { balancer: "LATENCY_EWMA" });
    it.call("a", { tookMs: 100 });
    it.call("b", { tookMs: 50 });
    for (let turn = 0; turn < 100; turn++) it.call("a", { tookMs: 1, failed: true });
    expect(it.picks(3)).toBe("bbb");
  });
});

describe("load that instances say", () => {
  it("sends calls to the one with more room while it is fresh", () => {
    const it = bench(named("a", "b"), { balancer: "CPU_AWARE" });
    it.call("a", { cpu: 0.9 });
    it.call("b", { cpu: 0.2 });
    expect(it.picks(4)).toBe("bbbb");
    it.wait(LOAD_BELIEVED_MS + 1);
    it.call("b", { cpu: 0.2 });
    expect(Object.keys(it.counts(50)).sort()).toEqual(["a", "b"]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("%s is no load", (cpu) => {
    const it = bench(named("a", "b"), { balancer: "CPU_AWARE" });
    it.call("a", { cpu: 0.9 });
    it.call("b", { cpu });
    expect(Object.keys(it.counts(50)).sort()).toEqual(["a", "b"]);
  });
});

describe("an instance that fails", () => {
  const rule = { consecutiveFailures: 3, baseEjectionTimeMs: 10_000, maxEjectionPercent: 50 };

  it("is ejected at so many failures in a row, and back after its time", () => {
    const it = bench(named("a", "b"), rule);
    failures(it, "a", 2);
    it.call("a");
    failures(it, "a", 2);
    expect(it.pool.ejected).toEqual([]);
    failures(it, "a", 1);
    expect(it.pool.ejected.map((each) => each.instance)).toEqual(["a"]);
    expect(it.picks(3)).toBe("bbb");
    it.wait(9_999);
    expect(it.picks(2)).toBe("bb");
    it.wait(1);
    expect(it.counts(4)).toEqual({ a: 2, b: 2 });
  });

  it("stays out longer each time, and is forgiven after good intervals", () => {
    const it = bench(named("a", "b"), { ...rule, outlierIntervalMs: 20_000 });
    failures(it, "a", 3);
    it.wait(10_000);
    failures(it, "a", 3);
    it.wait(19_999);
    expect(it.picks(2)).toBe("bb");
    it.wait(1 + 60_000);
    failures(it, "a", 3);
    it.wait(10_000);
    expect(it.counts(2)).toEqual({ a: 1, b: 1 });
  });

  it("is ejected by the percentage of an interval, when enough calls were made", () => {
    const it = bench(named("a", "b"), {
      failurePercentThreshold: 50,
      outlierIntervalMs: 1_000,
      maxEjectionPercent: 50,
    });
    it.call("b");
    for (let turn = 0; turn < 10; turn++) {
      it.call("a", { failed: true });
      it.call("a");
    }
    expect(it.pool.ejected).toEqual([]);
    it.wait(1_000);
    it.call("b");
    expect(it.pool.ejected.map((each) => each.instance)).toEqual(["a"]);
  });

  it("stays where it is the last, or where more are out than may be", () => {
    const it = bench(named("a", "b", "c"), { ...rule, maxEjectionPercent: 100 });
    for (const name of ["a", "b", "c"]) failures(it, name, 3);
    expect(it.pool.ejected.map((each) => each.instance)).toEqual(["a", "b"]);
    const bound = bench(named("a", "b", "c"), { ...rule, maxEjectionPercent: 30 });
    failures(bound, "a", 3);
    expect(bound.pool.ejected).toEqual([]);
  });

  it("returns early where others leave so that too many would be out, and when the rule goes", () => {
    const it = bench(named("a", "b", "c"), { ...rule, maxEjectionPercent: 50 });
    failures(it, "a", 3);
    it.pool.take(named("a"), () => ALWAYS);
    expect(it.picks(1)).toBe("a");
    const lifted = bench(named("a", "b"), rule);
    failures(lifted, "a", 3);
    lifted.pool.obey(balancingFrom({ balancer: "ROUND_ROBIN" }));
    expect(lifted.counts(2)).toEqual({ a: 1, b: 1 });
  });
});

describe("zone first", () => {
  const zones = (a: number, b: number, wellInA = a) => [
    ...Array.from({ length: a }, (_, index) =>
      instance(`a${index}`, { zone: "a", state: index < wellInA ? "live" : "suspect" }),
    ),
    ...Array.from({ length: b }, (_, index) => instance(`b${index}`, { zone: "b" })),
  ];
  const stays = (instances: readonly ServiceInstance[], more: Partial<BalancingSpec> = {}): number => {
    const counted = bench(instances, { locality: "ZONE_FIRST", ...more }).counts(1_000);
    return Object.entries(counted).reduce(
      (sum, [name, count]) => sum + (name.startsWith("a") ? count : 0),
      0,
    );
  };

  it("keeps every call while enough of the zone is well", () => {
    expect(stays(zones(4, 4))).toBe(1_000);
    expect(stays(zones(4, 4, 3))).toBe(1_000);
  });

  it("sends what is missing to the other zones", () => {
    expect(stays(zones(4, 4, 2), { localityMinHealthyPercent: 100 })).toBe(500);
    expect(stays(zones(4, 4, 0))).toBe(0);
  });

  it("stays where no other zone has anybody", () => {
    expect(stays(zones(4, 0, 1))).toBe(1_000);
  });
});

describe("slow start", () => {
  it("lets a new instance begin with a tenth, and grow to its whole share", () => {
    const it = bench(named("a"), { slowStartMs: 18_000 });
    it.pool.take(named("a", "b"), (each, nowMs) => (each.instance === "a" ? ALWAYS : nowMs));
    expect(it.counts(110)).toEqual({ a: 100, b: 10 });
    it.wait(9_000);
    expect(it.counts(155)).toEqual({ a: 100, b: 55 });
    it.wait(9_000);
    expect(it.counts(200)).toEqual({ a: 100, b: 100 });
    expect(it.pool.dueMs).toBe(Number.POSITIVE_INFINITY);
  });
});

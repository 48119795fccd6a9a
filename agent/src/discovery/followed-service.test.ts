import { expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { silentLogger } from "../logger.ts";
import { type BalancingSpec, balancingFrom } from "./balancing.ts";
import { FollowedService } from "./followed-service.ts";

const body = (instance: string, o: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    schema: 1,
    service: "payment",
    instance,
    incarnation: "1",
    address: `${instance}:80`,
    version: "1",
    zone: "a",
    agentVersion: "0.1.0",
    startedAt: "2020-01-02T03:04:05.000Z",
    ...o,
  });

function bench(instances: Readonly<Record<string, string>>, spec: Partial<BalancingSpec> = {}) {
  const clock = new FakeClock();
  const followed = new FollowedService("payment", {
    env: "dev",
    zone: "a",
    foreign: false,
    clock,
    logger: silentLogger,
    timings: {},
    ttlMs: () => 5_000,
    onChange: () => undefined,
  });
  followed.restore({ payment: instances });
  followed.obey(balancingFrom({ balancer: "ROUND_ROBIN", ...spec }));
  const counts = (count: number): Record<string, number> => {
    const counted: Record<string, number> = {};
    for (let turn = 0; turn < count; turn++) {
      const name = followed.pick()?.instance ?? "-";
      counted[name] = (counted[name] ?? 0) + 1;
    }
    return counted;
  };
  return { clock, followed, counts };
}
/** Calls `name` as if it failed. */
function fail(followed: FollowedService, name: string): void {
  const others = followed.instances().filter(({ instance }) => instance !== name);
  followed.acquire({ except: new Set(others.map(({ instance }) => instance)) })?.done({ failed: true });
}

test("an ejection ends by itself for those who only pick, and listeners are told of both", async () => {
  const rule = { consecutiveFailures: 1, baseEjectionTimeMs: 10_000 };
  const { clock, followed, counts } = bench({ a: body("a"), b: body("b") }, rule);
  const told: (readonly string[])[] = [];
  const stop = followed.onChange(() => told.push(followed.ejected().map(({ instance }) => instance)));
  fail(followed, "a");
  expect(counts(4)).toEqual({ b: 4 });
  await clock.advance(10_001);
  expect(counts(4)).toEqual({ a: 2, b: 2 });
  expect(told).toEqual([["a"], []]);
  stop();
  followed.confirmLoss();
  expect(told).toHaveLength(2);
});

test("a slow start goes on by itself, by the instance's own start, and leaves no timer behind", async () => {
  const clock = new FakeClock();
  const startedAt = new Date(clock.wallMs() - 9_000).toISOString();
  const {
    clock: own,
    followed,
    counts,
  } = bench({ a: body("a"), b: body("b", { startedAt }) }, { slowStartMs: 18_000 });
  expect(counts(155)).toEqual({ a: 100, b: 55 });
  await own.advance(9_001);
  expect(counts(200)).toEqual({ a: 100, b: 100 });
  expect(own.pending).toBe(0);
  await followed.close();
});

test("closing stops what was still to come", async () => {
  const { clock, followed } = bench({ a: body("a"), b: body("b") }, { consecutiveFailures: 1 });
  fail(followed, "a");
  expect(clock.pending).toBe(1);
  await followed.close();
  expect(clock.pending).toBe(0);
});

test("calls under the caller's own lever are counted since it changed, and the same one again changes nothing", () => {
  const { followed } = bench({ a: body("a") }, { balancer: "P2C" });
  followed.acquire()?.done();
  followed.obey(balancingFrom({ balancer: "P2C" }));
  expect(followed.callsObeying).toBe(1);
  followed.obey(balancingFrom({ balancer: "LATENCY_EWMA" }));
  followed.acquire()?.done();
  followed.acquire()?.done();
  expect(followed.callsObeying).toBe(2);
  followed.obey(undefined);
  expect(followed.callsObeying).toBe(0);
});

test("a listener that throws harms nobody", () => {
  const { followed, counts } = bench({ a: body("a") });
  followed.onChange(() => {
    throw new Error("not mine");
  });
  followed.confirmLoss();
  expect(counts(1)).toEqual({ a: 1 });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PoolModel } from "../../../test/support/pool-model.ts";
import { serviceInstance } from "../../../test/support/service-instances.ts";
import { type BalancingSpec, balancingFrom } from "./balancing.ts";
import { slowStartPercent } from "./slow-start.ts";
import { aliasTable } from "./two-choices.ts";

/**
 * The balancers against a simple model of what a caller may see: random histories of joins, leaves, drains, weights, calls,
 * failures, time and live changes of the balancing; after each step the pool and the model must agree.
 */
const RUNS = 10_000;
const NAMES = ["a", "b", "c", "d", "e"];

/** Every step first does its thing to both, then lets the pool be looked at. */
type Step = (model: PoolModel) => void;

const nameArb = fc.constantFrom(...NAMES);
const takeAll = (model: PoolModel): void => {
  model.pool.take(
    [...model.known.values()].map(({ instance }) => instance),
    (_, nowMs) => nowMs,
  );
  model.bound();
};
const joinArb = fc
  .record({
    name: nameArb,
    weight: fc.constantFrom(0, 1, 2, 5),
    zone: fc.constantFrom("a", "b"),
    drained: fc.boolean(),
    isolated: fc.constantFrom(false, false, false, false, false, true),
    state: fc.constantFrom(
      "live" as const,
      "live" as const,
      "live" as const,
      "live" as const,
      "suspect" as const,
    ),
    same: fc.constantFrom(true, true, false),
  })
  .map(
    ({ name, same, drained, weight, ...more }): Step =>
      (model) => {
        const usual = same ? { weight: 1, drained: false } : { weight, drained };
        const instance = serviceInstance(name, { ...more, ...usual });
        const known = model.known.get(name);
        if (known !== undefined) known.instance = instance;
        else {
          const sinceMs = model.time.nowMs;
          const none = {
            latencyMs: 0,
            latencyAtMs: sinceMs,
            cpu: undefined,
            failed: 0,
            outUntilMs: 0,
            times: 0,
          };
          model.known.set(name, { instance, sinceMs, calls: [], begunMs: [], ...none });
        }
        takeAll(model);
      },
  );
const leaveArb = nameArb.map(
  (name): Step =>
    (model) => {
      model.known.delete(name);
      takeAll(model);
    },
);
const obeyArb = fc
  .record({
    balancer: fc.constantFrom<BalancingSpec["balancer"]>("ROUND_ROBIN", "P2C", "LATENCY_EWMA", "CPU_AWARE"),
    consecutiveFailures: fc.constantFrom(undefined, 1, 2, 3),
    maxEjectionPercent: fc.constantFrom(0, 30, 50, 50, 100, 100),
    slowStartMs: fc.constantFrom(0, 0, 5_000),
  })
  .map(
    (spec): Step =>
      (model) => {
        model.balancing = balancingFrom(spec);
        model.pool.obey(model.balancing);
        model.bound();
      },
  );
const begin = (model: PoolModel, name: string): void => {
  const known = model.known.get(name);
  const call = model.pool.acquire({ except: new Set(NAMES.filter((each) => each !== name)) });
  model.seenMs = model.time.nowMs;
  const wanted = known === undefined || known.instance.isolated ? undefined : known.instance;
  if (call?.instance !== wanted) throw new Error(`${name} should have been called`);
  if (call === undefined) return;
  known?.calls.push(call);
  known?.begunMs.push(model.time.nowMs);
};
interface End {
  readonly failed: boolean;
  readonly cpu: number | undefined;
}
const finish = (model: PoolModel, name: string, { failed, cpu }: End): void => {
  const known = model.known.get(name);
  const call = known?.calls.shift();
  if (known === undefined || call === undefined) return;
  call.done({ failed, ...(cpu === undefined ? {} : { load: { cpuUtilization: cpu } }) });
  model.learn(known, model.time.nowMs - (known.begunMs.shift() ?? 0), failed, cpu);
};
const endingArb = fc.record({ failed: fc.boolean(), cpu: fc.constantFrom(undefined, 0, 0.2, 0.9) });
const callArb = nameArb.map(
  (name): Step =>
    (model) =>
      begin(model, name),
);
const endArb = fc.tuple(nameArb, endingArb).map(
  ([name, end]): Step =>
    (model) =>
      finish(model, name, end),
);
/** So many calls in a row that end alike. */
const burstArb = fc.tuple(nameArb, endingArb, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 3, 40)).map(
  ([name, end, count, tookMs]): Step =>
    (model) => {
      for (let turn = 0; turn < count; turn++) {
        begin(model, name);
        model.time.nowMs += tookMs;
        finish(model, name, end);
      }
      model.pool.look(model.time.nowMs);
    },
);
const waitArb = fc.constantFrom(1, 50, 900, 4_000, 31_000).map(
  (ms): Step =>
    (model) => {
      model.time.nowMs += ms;
      model.pool.look(model.time.nowMs);
    },
);
const stepArb = fc.oneof(
  { weight: 2, arbitrary: joinArb },
  { weight: 1, arbitrary: leaveArb },
  { weight: 1, arbitrary: obeyArb },
  { weight: 4, arbitrary: callArb },
  { weight: 4, arbitrary: endArb },
  { weight: 5, arbitrary: burstArb },
  { weight: 2, arbitrary: waitArb },
);

const reached = { steps: 0, ejections: 0, pairs: 0, rounds: 0 };

function expectAgreement(model: PoolModel): void {
  const { pool, open, takers, standing } = model;
  const out = takers.filter((each) => model.isOut(each)).map(({ instance }) => instance.instance);
  expect(pool.ejected.map(({ instance }) => instance).sort()).toEqual(out.sort());
  reached.steps++;
  if (out.length > 0) reached.ejections++;
  expect(out.length).toBeLessThanOrEqual(Math.max(0, model.most()));
  const picked = pool.pick()?.instance;
  const callable = [...model.known.values()].filter(({ instance }) => !instance.isolated);
  const wanted = open.length > 0 ? open : standing.length > 0 ? standing : callable;
  if (picked === undefined) expect(wanted).toEqual([]);
  else expect(wanted.map(({ instance }) => instance.instance)).toContain(picked);
  if (takers.length > 0) expect(open.length).toBeGreaterThan(0);
  if (open.length < 2 || model.balancing.balancer === "ROUND_ROBIN") return;
  if (new Set(open.map((each) => model.share(each))).size > 1) return;
  const first = Math.floor(((model.drawn & 0xffff) * open.length) / 65_536);
  const second = Math.floor(((model.drawn >>> 16) * (open.length - 1)) / 65_536);
  const [left, right] = [open[first], open[second < first ? second : second + 1]];
  if (left === undefined || right === undefined) throw new Error("two were not drawn");
  expect(model.chosen(left, right)).toContain(picked);
  reached.pairs++;
}

/** Over a whole round, turns are exactly as the shares say. */
function expectExactShares(model: PoolModel): void {
  const { open } = model;
  if (model.balancing.balancer !== "ROUND_ROBIN" || open.length === 0) return;
  const shares = open.map((each) => model.share(each));
  if (new Set(shares).size > 1) reached.rounds++;
  const greatest = shares.reduce(commonDivisor);
  const counted = new Map<string, number>();
  model.pool.take(
    [...model.known.values()].map(({ instance }) => instance),
    (_, nowMs) => nowMs,
  );
  for (let turn = shares.reduce((sum, share) => sum + share, 0) / greatest; turn > 0; turn--) {
    const name = model.pool.pick()?.instance ?? "-";
    counted.set(name, (counted.get(name) ?? 0) + 1);
  }
  open.forEach(({ instance }, index) => {
    expect(counted.get(instance.instance)).toBe((shares[index] ?? 0) / greatest);
  });
}

const commonDivisor = (left: number, right: number): number =>
  right === 0 ? left : commonDivisor(right, left % right);

const seatsArb = fc.array(joinArb, { minLength: 3, maxLength: 6 });

it(`whom the pool calls is whom the model calls, through ${RUNS} histories`, () => {
  fc.assert(
    fc.property(
      seatsArb,
      obeyArb,
      fc.array(stepArb, { minLength: 20, maxLength: 40 }),
      fc.integer(),
      (seats, rule, history, seed) => {
        const model = new PoolModel(seed);
        for (const step of [...seats, rule, ...history]) {
          step(model);
          expectAgreement(model);
        }
        expectExactShares(model);
      },
    ),
    { numRuns: RUNS },
  );
  // A model that never got there would prove nothing.
  expect(reached.steps).toBeGreaterThan(10 * RUNS);
  expect(reached.ejections).toBeGreaterThan(RUNS);
  expect(reached.pairs).toBeGreaterThan(RUNS);
  expect(reached.rounds).toBeGreaterThan(RUNS / 50);
}, 180_000);

describe("a slow start", () => {
  it("only rises, from a tenth to the whole", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.nat(4_000_000),
        fc.nat(4_000_000),
        (span, one, more) => {
          const [early, late] = [slowStartPercent(one, span), slowStartPercent(one + more, span)];
          expect(late).toBeGreaterThanOrEqual(early);
          expect(early).toBeGreaterThanOrEqual(10);
          expect(late).toBe(one + more >= span ? 100 : Math.min(late, 100));
        },
      ),
    );
  });
});

it("an alias table draws each as often as its share says", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 12 }), (shares) => {
      const GRID = 4_096;
      const counts = shares.map(() => 0);
      let drawn = 0;
      const draw = aliasTable(shares, () => drawn);
      for (let index = 0; index < shares.length; index++) {
        for (let step = 0; step < GRID; step++) {
          drawn = (((step * 65_536) / GRID) << 16) | Math.ceil((index * 65_536) / shares.length);
          const found = draw();
          counts[found] = (counts[found] ?? 0) + 1;
        }
      }
      const total = shares.reduce((sum, share) => sum + share, 0);
      counts.forEach((count, index) => {
        const expected = ((shares[index] ?? 0) / total) * shares.length * GRID;
        expect(Math.abs(count - expected)).toBeLessThanOrEqual(shares.length);
      });
    }),
    { numRuns: 200 },
  );
});

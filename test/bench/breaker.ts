import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createAgent } from "@leverframe/agent";
import { circuitBreaker, handleAll, SamplingBreaker } from "cockatiel";
import Opossum from "opossum";

/**
 * What a breaker costs a call, beside a bare `await fn()`, cockatiel (SamplingBreaker) and opossum in the same run.
 * Rounds are interleaved; the medians count. Ours comes from `createAgent`, as a service gets it; etcd is not needed.
 */
const ROUNDS = 15;
const CALLS = 200_000;
const TURNS = 20_000;

type Work = () => Promise<unknown>;
const answer: Work = async () => 1;
const failure = new Error("no");
const fail: Work = async () => {
  throw failure;
};

const agent = createAgent({
  service: "bench",
  env: "bench",
  etcd: { endpoints: ["127.0.0.1:1"] },
  metrics: false,
  snapshotDir: false,
});
const window = { minimumNumberOfCalls: 20, failureRateThreshold: 50, slidingWindowSize: 10 };
const ours = agent.breaker("closed", window);
const oursOpen = agent.breaker("open", { ...window, mode: "FORCED_OPEN" });
const tripped = agent.breaker("tripped", { ...window, waitDurationInOpenStateMs: 3_600_000 });
tripped.trip();
const exact = agent.breaker("exact", { ...window, slowCallDurationThresholdMs: 50 });
const sampling = () =>
  circuitBreaker(handleAll, {
    halfOpenAfter: 3_600_000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
  });
const cockatiel = sampling();
const cockatielOpen = sampling();
cockatielOpen.isolate();
const opossumOptions = { timeout: false, rollingCountTimeout: 10_000, errorThresholdPercentage: 50 } as const;
const opossum = new Opossum(answer, opossumOptions);
const opossumOpen = new Opossum(fail, opossumOptions);
opossumOpen.open();

/** Nanoseconds a call. */
async function timed(calls: number, run: (calls: number) => Promise<void> | void): Promise<number> {
  const since = process.hrtime.bigint();
  await run(calls);
  return Number(process.hrtime.bigint() - since) / calls;
}
const each = (work: Work) => async (calls: number) => {
  for (let call = 0; call < calls; call++) await work();
};
const refused = (work: Work) => async (calls: number) => {
  for (let call = 0; call < calls; call++) {
    try {
      await work();
    } catch {
      // That it is refused is what is timed.
    }
  }
};
let permits = 0;
const permit = (calls: number): void => {
  for (let call = 0; call < calls; call++) if (tripped.permit() === false) permits++;
};
/** An answer that comes from outside, in a turn of the event loop of its own. */
const later: Work = () => new Promise((resolve) => setImmediate(resolve));
const opossumLater = new Opossum(later, opossumOptions);

const cases: readonly (readonly [
  name: string,
  calls: number,
  run: (calls: number) => Promise<void> | void,
])[] = [
  ["bare await fn()", CALLS, each(answer)],
  ["leverframe, closed", CALLS, each(() => ours.call(answer))],
  ["leverframe, closed, timed exactly", CALLS, each(() => exact.call(answer))],
  ["cockatiel, closed", CALLS, each(() => cockatiel.execute(answer))],
  ["opossum, closed", CALLS / 10, each(() => opossum.fire())],
  ["bare, answered in another turn", TURNS, each(later)],
  ["leverframe, in another turn", TURNS, each(() => ours.call(later))],
  ["cockatiel, in another turn", TURNS, each(() => cockatiel.execute(later))],
  ["opossum, in another turn", TURNS, each(() => opossumLater.fire())],
  ["leverframe, refused by permit()", CALLS * 5, permit],
  ["leverframe, refused by throw", CALLS, refused(() => oursOpen.call(answer))],
  ["cockatiel, refused by throw", CALLS / 10, refused(() => cockatielOpen.execute(answer))],
  ["opossum, refused by throw", CALLS / 10, refused(() => opossumOpen.fire())],
];

const figures = new Map<string, number[]>(cases.map(([name]) => [name, []]));
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, calls, run] of cases) {
    const ns = await timed(calls, run);
    if (round >= 0) figures.get(name)?.push(ns);
    // Whoever counts by time gets its turn.
    await new Promise((resolve) => setTimeout(resolve, 6));
  }
}
const median = (name: string): number => {
  const sorted = [...(figures.get(name) ?? [])].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** Bytes that a call allocates, kept or not. */
async function bytesPerCall(run: (calls: number) => Promise<void> | void): Promise<number> {
  const calls = 2_000;
  await run(calls);
  const found: number[] = [];
  for (let round = 0; round < 9; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    await run(calls);
    found.push((process.memoryUsage().heapUsed - before) / calls);
  }
  return found.sort((a, b) => a - b)[4] ?? Number.NaN;
}

const write = (line = ""): void => void process.stdout.write(`${line}\n`);
for (const [name] of cases) write(`${name.padEnd(36)} ${median(name).toFixed(1).padStart(9)} ns`);

const added = (name: string, floor = "bare await fn()"): number => median(name) - median(floor);
const ratio = (left: number, right: number): string => (left / right).toFixed(2);
write();
write(
  `closed adds ${added("leverframe, closed").toFixed(0)} ns, cockatiel ${added("cockatiel, closed").toFixed(0)} ns: ${ratio(added("leverframe, closed"), added("cockatiel, closed"))} of it (≤ 0.50)`,
);
write(
  `timed exactly it adds ${added("leverframe, closed, timed exactly").toFixed(0)} ns: ${ratio(added("leverframe, closed, timed exactly"), added("cockatiel, closed"))} of cockatiel's`,
);
write(`refusing by permit() ${median("leverframe, refused by permit()").toFixed(1)} ns (< 10)`);
write(
  `refusing by throw ${ratio(median("leverframe, refused by throw"), median("cockatiel, refused by throw"))} of cockatiel's (≤ 0.33)`,
);

setFlagsFromString("--expose-gc");
globalThis.gc ??= runInNewContext("gc") as NodeJS.GCFunction;
const bare = await bytesPerCall(each(answer));
const [own, theirs] = [
  await bytesPerCall(each(() => ours.call(answer))),
  await bytesPerCall(each(() => cockatiel.execute(answer))),
];
write(
  `bytes a call: ${own.toFixed(0)}, cockatiel ${theirs.toFixed(0)}, opossum ${(await bytesPerCall(each(() => opossum.fire()))).toFixed(0)}, bare ${bare.toFixed(0)}`,
);
if (permits === 0) throw new Error("an open breaker let everything through");
opossum.shutdown();
opossumOpen.shutdown();
opossumLater.shutdown();
await agent.close();

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import { breakerBody, limitBody, retryBody, switchBody, timeoutBody } from "../support/bodies.ts";
import type { Edits } from "../support/operator.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { placeOrder, ShopRun } from "./support/shop-run.ts";
import { percentile } from "./support/statistics.ts";
import { drawTrouble } from "./support/trouble-plot.ts";
import type { Asked, Done, Order, TroubleRun } from "./support/trouble-run.ts";

/**
 * Bank trouble: the same orders at the same moments twice, with the same bank, which turns twelve times slower for 15 s.
 * The runs differ only in live levers. Counts what the bank itself was asked, prints both, and draws `docs/bank-trouble.svg`.
 */
const SEED = Number(process.env["SEED"] ?? 5);
const DEADLINE_MS = 1_500;
const ORDERS_PER_SECOND = 50;
const TROUBLE_FROM_S = 10;
const TROUBLE_TO_S = 25;
const HAND_FROM_S = 60;
const HAND_TO_S = 68;
const END_S = 85;
const PATIENCE_MS = 12_000;
const BUDGET_PERCENT = 20;
const BUDGET_FLOOR = 10;
const BUDGET_WINDOW_S = 10;
const WELL = { latencyMs: 50, failureRate: 0, workers: 4 };
const ILL = { ...WELL, latencyMs: 600 };
/** Charges a second that the bank can do when it is well. */
const CAPACITY = (WELL.workers * 1_000) / WELL.latencyMs;

const WITH: Readonly<Record<string, Edits>> = {
  gateway: { "timeout/order": timeoutBody(DEADLINE_MS) },
  order: { "timeout/payment": timeoutBody(1_200) },
  payment: {
    "timeout/bank": timeoutBody(900, 350),
    "retry/bank": retryBody({ waitDurationMs: 50, maxWaitDurationMs: 200, budgetPercent: BUDGET_PERCENT }),
    "limit/bank": limitBody({
      type: "CONCURRENCY",
      maxConcurrentCalls: 16,
      maxQueueDurationMs: 100,
      maxQueuedCalls: 32,
    }),
    "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, waitDurationInOpenStateMs: 2_000 }),
  },
};

/** What code without policies does: waits long, tries at once again, and again. */
const WITHOUT: Readonly<Record<string, Edits>> = {
  gateway: { "timeout/order": timeoutBody(10_000) },
  order: { "timeout/payment": timeoutBody(9_000) },
  payment: {
    "timeout/bank": timeoutBody(8_000, 1_000),
    "retry/bank": retryBody({
      maxAttempts: 6,
      backoff: "FIXED",
      waitDurationMs: 0,
      maxWaitDurationMs: 0,
      jitter: "NONE",
      budgetPercent: 100,
    }),
    "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "DISABLED" }),
  },
};

/** The same moments and buyers for each run. */
function planOrders(): Order[] {
  const random = seededRandom(SEED);
  const orders: Order[] = [];
  for (let atMs = 0; atMs < END_S * 1_000; atMs += (-Math.log(1 - random()) * 1_000) / ORDERS_PER_SECOND)
    orders.push({ atMs, user: `u-${1 + Math.floor(random() * 2_000)}` });
  return orders;
}

async function setBank(shop: ShopRun, mood: typeof WELL & { seed?: number }): Promise<void> {
  await fetch(`${shop.url("bank")}/trouble`, { method: "POST", body: JSON.stringify(mood) });
}

interface Books {
  readonly first: number;
  readonly retries: number;
  readonly waiting: number;
  readonly charged: number;
  readonly repeated: number;
}

const readBooks = async (shop: ShopRun): Promise<Books> =>
  (await (await fetch(`${shop.url("bank")}/books`)).json()) as Books;

async function run(levers: Readonly<Record<string, Edits>>, needsHand: boolean): Promise<TroubleRun> {
  await using shop = await ShopRun.start(levers);
  await setBank(shop, { ...WELL, seed: SEED });
  const before = await readBooks(shop);
  const startMs = performance.now();
  const until = (seconds: number): Promise<void> =>
    sleep(Math.max(0, startMs + seconds * 1_000 - performance.now()));
  const asked: Asked[] = [];
  const watching = (async () => {
    let last = before;
    for (let second = 1; second <= END_S; second++) {
      await until(second);
      const now = await readBooks(shop);
      asked.push({
        first: now.first - last.first,
        retries: now.retries - last.retries,
        waiting: now.waiting,
      });
      last = now;
    }
  })();
  const moods = (async () => {
    await until(TROUBLE_FROM_S);
    await setBank(shop, ILL);
    await until(TROUBLE_TO_S);
    await setBank(shop, WELL);
    if (!needsHand) return;
    await until(HAND_FROM_S);
    await shop.pull("payment", { "switch/charging": switchBody("DEGRADED", { level: "secondary" }) });
    await until(HAND_TO_S);
    await shop.pull("payment", { "switch/charging": switchBody("NORMAL", { level: "secondary" }) });
  })();
  const done = await Promise.all(
    planOrders().map(async (order): Promise<Done> => {
      await sleep(Math.max(0, startMs + order.atMs - performance.now()));
      const result = await placeOrder(shop.url("gateway"), order.user, PATIENCE_MS);
      return { ...order, ...result, tookMs: performance.now() - startMs - order.atMs };
    }),
  );
  await Promise.all([watching, moods]);
  const after = await readBooks(shop);
  const recoveredS = recoveryOf(done);
  return { done, asked, charged: after.charged, repeated: after.repeated, recoveredS };
}

const inSecond = (done: readonly Done[], second: number): Done[] =>
  done.filter(({ atMs }) => Math.floor(atMs / 1_000) === second);

const paidInTime = ({ paid, tookMs }: Done): boolean => paid && tookMs <= DEADLINE_MS;

function recoveryOf(done: readonly Done[]): number | undefined {
  const well = (second: number): boolean => {
    const orders = inSecond(done, second);
    return orders.filter(paidInTime).length >= 0.9 * orders.length;
  };
  for (let second = TROUBLE_TO_S; second + 5 <= HAND_FROM_S; second++)
    if ([0, 1, 2, 3, 4].every((more) => well(second + more))) return second - TROUBLE_TO_S;
  return undefined;
}

interface Figures {
  readonly p99Ms: number;
  readonly inDeadline: number;
  readonly first: number;
  readonly retries: number;
  /** Of all seconds with a retry, the worst: the retries of the 10 s up to it, and what a budget of 20 % allows then. */
  readonly worst: { readonly retries: number; readonly allowed: number };
  readonly recoveredS: number | undefined;
}

function figuresOf({ done, asked, recoveredS }: TroubleRun): Figures {
  const sum = (from: number, to: number, key: "first" | "retries"): number =>
    asked.slice(from, to).reduce((total, second) => total + second[key], 0);
  let worst = { retries: 0, allowed: BUDGET_FLOOR };
  for (const [second, { retries: now }] of asked.entries()) {
    if (now === 0) continue;
    const from = Math.max(0, second + 1 - BUDGET_WINDOW_S);
    const retries = sum(from, second + 1, "retries");
    const allowed = Math.max(BUDGET_FLOOR, (sum(from, second + 1, "first") * BUDGET_PERCENT) / 100);
    if (retries / allowed > worst.retries / worst.allowed) worst = { retries, allowed };
  }
  const untilHand = done.filter(({ atMs }) => atMs < HAND_FROM_S * 1_000);
  return {
    p99Ms: percentile(
      untilHand.map(({ tookMs }) => tookMs),
      0.99,
    ),
    inDeadline: untilHand.filter(({ ok, tookMs }) => ok && tookMs <= DEADLINE_MS).length / untilHand.length,
    first: sum(0, HAND_FROM_S, "first"),
    retries: sum(0, HAND_FROM_S, "retries"),
    worst,
    recoveredS,
  };
}

function print(name: string, run: TroubleRun): Figures {
  const figures = figuresOf(run);
  const { p99Ms, inDeadline, first, retries, worst, recoveredS } = figures;
  const paid = run.done.filter(paidInTime).length;
  console.log(`${name}
  orders               ${run.done.length}, ${paid} of them paid within ${DEADLINE_MS} ms
  gateway p99          ${Math.round(p99Ms)} ms (deadline ${DEADLINE_MS} ms; answered well within it: ${(100 * inDeadline).toFixed(2)} %)
  bank was asked       ${first} × first, ${retries} × again until ${HAND_FROM_S} s (${((100 * retries) / first).toFixed(1)} %)
  at worst             ${worst.retries} retries in the 10 s up to one; a budget of ${BUDGET_PERCENT} % allows ${Math.floor(worst.allowed)} then
  bank charged         ${run.charged} in ${END_S} s; ${run.repeated} more had a key that was charged already
  well again           ${recoveredS === undefined ? `not within ${HAND_FROM_S - TROUBLE_TO_S} s: a hand was needed` : `${recoveredS} s after the bank was, by itself`}`);
  return figures;
}

const policies = await run(WITH, false);
const withPolicies = print("with policies", policies);
const none = await run(WITHOUT, true);
const without = print("without", none);
const svg = drawTrouble({
  runs: [
    { title: "With policies", run: policies },
    { title: "Without", run: none },
  ],
  seconds: END_S,
  deadlineMs: DEADLINE_MS,
  capacity: CAPACITY,
  trouble: [TROUBLE_FROM_S, TROUBLE_TO_S],
  hand: [HAND_FROM_S, HAND_TO_S],
});
const file = path.resolve("docs/bank-trouble.svg");
await writeFile(file, svg);
console.log(`drawn: docs/bank-trouble.svg (${svg.length} bytes, seed ${SEED})`);

const claims: readonly (readonly [boolean, string])[] = [
  [withPolicies.p99Ms <= DEADLINE_MS, "with policies the gateway keeps its deadline at p99"],
  [
    withPolicies.worst.retries <= withPolicies.worst.allowed,
    "with policies retries stay in budget whenever one is made",
  ],
  [withPolicies.recoveredS !== undefined, "with policies no hand is needed"],
  [without.p99Ms > DEADLINE_MS, "without, the deadline is missed at p99"],
  [without.worst.retries > without.worst.allowed, "without, retries are above that budget"],
  [without.recoveredS === undefined, "without, a hand is needed"],
];
for (const [held, claim] of claims) console.log(`${held ? "held" : "BROKEN"}: ${claim}`);
process.exitCode = claims.every(([held]) => held) ? 0 : 1;

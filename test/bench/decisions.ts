import { createAgent } from "@leverframe/agent";
import { openEtcd } from "@leverframe/agent/etcd";
import { headKey, liveKey } from "@leverframe/agent/protocol";
import { murmur3 } from "@leverframe/agent/rules";
import { EtcdServer } from "../support/etcd-server.ts";

/**
 * What a decision costs, through the agent's own API on live levers, beside the floors in the same run: `Map.get` of
 * 1,000 names, and that with a murmur3 of the sticky key. Interleaved; medians of rounds; nanoseconds and ratios.
 */
const ROUNDS = 15;
const CALLS = 2_000_000;
const ENV = "bench";
const ULID = "01J00000000000000000000000";

const meta = { version: 1, changeSetId: ULID, updatedAt: "2026-01-01T00:00:00.000Z" };
const spec = { position: "DEGRADED", level: "core", strategy: "simplified" };
const switches = {
  plain: { schema: 1, spec, meta },
  rollout: {
    schema: 1,
    spec: { ...spec, position: "NORMAL" },
    rollout: {
      id: ULID,
      salt: "bench-salt",
      shareBp: 2_500,
      stickiness: { contextKey: "userId" },
      candidate: spec,
    },
    meta,
  },
  constraints: {
    schema: 1,
    spec: {
      ...spec,
      audience: [
        { contextName: "tier", operator: "IN", values: ["gold", "platinum"] },
        { contextName: "region", operator: "NOT_IN", values: ["moon"] },
        { contextName: "age", operator: "NUM_GTE", values: ["18"] },
      ],
    },
    meta,
  },
};

const server = await EtcdServer.start();
const etcd = openEtcd({ endpoints: [server.endpoint] });
for (const [name, body] of Object.entries(switches)) {
  await etcd.put(liveKey(ENV, { service: "shop", kind: "switch", name }), JSON.stringify(body));
}
const head = { epoch: "epochepoch0001", keyCount: 3, receiptSpreadMs: 0 };
await etcd.put(headKey(ENV, "shop"), JSON.stringify(head));
await etcd.put(headKey(ENV, "*"), JSON.stringify({ ...head, keyCount: 0 }));
const agent = createAgent({
  service: "shop",
  env: ENV,
  etcd,
  instance: "shop-1",
  metrics: false,
  snapshotDir: false,
});
const handles = {
  plain: agent.switch("plain", { level: "core" }),
  rollout: agent.switch("rollout", { level: "core" }),
  constraints: agent.switch("constraints", { level: "core" }),
};
await agent.start();
if (!handles.plain.isDegraded()) throw new Error("the levers are not live: nothing to measure");

const USERS = 1_024;
const names = Array.from({ length: 1_000 }, (_, index) => `lever-${index}`);
const map = new Map(names.map((name, index) => [name, index % 2 === 0]));
const contexts = Array.from({ length: USERS }, (_, index) => ({
  userId: `user-${index}`,
  tier: index % 3 === 0 ? "gold" : "standard",
  region: "eu",
  age: 20 + (index % 40),
}));
const sticky = contexts.map((context) => `bench-salt:${context.userId}`);
let sink = 0;

const bodies: Record<string, () => void> = {
  "Map.get": () => {
    for (let index = 0; index < CALLS; index += 1) if (map.get(names[index % 1_000] as string)) sink += 1;
  },
  "Map.get + murmur3": () => {
    for (let index = 0; index < CALLS; index += 1) {
      if (map.get(names[index % 1_000] as string)) sink += 1;
      sink += murmur3(sticky[index & (USERS - 1)] as string) & 1;
    }
  },
  "plain switch": () => {
    for (let index = 0; index < CALLS; index += 1)
      if (handles.plain.isDegraded(contexts[index & (USERS - 1)])) sink += 1;
  },
  "rollout by user": () => {
    for (let index = 0; index < CALLS; index += 1)
      if (handles.rollout.isDegraded(contexts[index & (USERS - 1)])) sink += 1;
  },
  "three constraints": () => {
    for (let index = 0; index < CALLS; index += 1)
      if (handles.constraints.isDegraded(contexts[index & (USERS - 1)])) sink += 1;
  },
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const times = new Map<string, number[]>(Object.keys(bodies).map((name) => [name, []]));
for (let round = -3; round < ROUNDS; round += 1) {
  for (const [name, body] of Object.entries(bodies)) {
    const startedAt = performance.now();
    body();
    if (round >= 0) times.get(name)?.push(((performance.now() - startedAt) * 1e6) / CALLS);
  }
}
const ns = (name: string): number => median(times.get(name) ?? []);
const ratio = (name: string, floor: string): number =>
  median((times.get(name) ?? []).map((value, index) => value / (times.get(floor)?.[index] ?? 1)));

/** Bytes that a call leaves on the heap; 0 is what a plain switch promises. */
function bytesPerCall(body: () => void): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  body();
  return Math.max(0, process.memoryUsage().heapUsed - before) / CALLS;
}

const rows: [string, number, string, boolean][] = [
  [
    "plain switch",
    ns("plain switch"),
    `${ratio("plain switch", "Map.get").toFixed(2)} × Map.get (≤ 5)`,
    ratio("plain switch", "Map.get") <= 5,
  ],
  [
    "rollout by user",
    ns("rollout by user"),
    `${ratio("rollout by user", "Map.get + murmur3").toFixed(2)} × (Map.get + murmur3) (≤ 2.5)`,
    ratio("rollout by user", "Map.get + murmur3") <= 2.5,
  ],
  ["three constraints", ns("three constraints"), "≤ 150 ns", ns("three constraints") <= 150],
];
const bytes = bytesPerCall(bodies["plain switch"] as () => void);
console.log(
  `floors: Map.get ${ns("Map.get").toFixed(1)} ns, Map.get + murmur3 ${ns("Map.get + murmur3").toFixed(1)} ns (${ROUNDS} rounds × ${CALLS.toLocaleString("en")} calls)`,
);
for (const [name, value, against, ok] of rows)
  console.log(`${ok ? "ok  " : "MISS"} ${name.padEnd(18)} ${value.toFixed(1).padStart(6)} ns   ${against}`);
console.log(
  `${bytes < 0.5 ? "ok  " : "MISS"} plain switch leaves ${bytes.toFixed(3)} bytes a call on the heap`,
);
console.log(
  "peers on such a machine (plain / rollout / three constraints): Unleash 1070 / 1530 / 1981 ns, LaunchDarkly 433 / 1869 / 774 ns",
);
if (sink < 0) console.log(sink);
await agent.close();
etcd.close();
await server.close();
process.exitCode = rows.every(([, , , ok]) => ok) && bytes < 0.5 ? 0 : 1;

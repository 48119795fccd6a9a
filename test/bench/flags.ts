import { createRequire } from "node:module";
import { type Agent, createAgent } from "@leverframe/agent";
import { LeverframeProvider } from "@leverframe/agent/openfeature";
import { headKey, liveKey } from "@leverframe/agent/protocol";
import { answerAll, answerOne } from "@leverframe/agent/rules";
import * as z from "zod";
import { importUnleash } from "../../src/domain/unleash/import.ts";
import { EtcdServer } from "../support/etcd-server.ts";

/**
 * What a feature flag costs: the same feature of Unleash's decided by Unleash's own Node client and, imported, by an
 * agent's handle, by `agent.flags`, by the OpenFeature provider and as an OFREP answer, in one process and run.
 * Interleaved; medians of rounds. The bound: a handle costs at most a third of Unleash's client.
 */
const ROUNDS = 15;
const CALLS = 100_000;
const ENV = "bench";
const feature = {
  name: "New.Checkout",
  enabled: true,
  strategies: [
    { name: "userWithId", parameters: { userIds: "none" } },
    {
      name: "flexibleRollout",
      parameters: { rollout: "25", stickiness: "userId", groupId: "New.Checkout" },
      constraints: [
        { contextName: "tier", operator: "IN", values: ["gold", "platinum"] },
        { contextName: "age", operator: "NUM_GTE", value: "18" },
      ],
    },
  ],
};
const contexts = Array.from({ length: 1_024 }, (_, index) => ({
  userId: `user-${index}`,
  tier: index % 2 === 0 ? "gold" : "standard",
  age: String(16 + (index % 40)),
}));

interface Unleash {
  isEnabled(name: string, context: object, fallback: () => boolean): boolean;
}
const require = createRequire(import.meta.url);
const { default: UnleashClient } = require("unleash-client/lib/client") as {
  default: new (repository: object, strategies: readonly object[]) => Unleash;
};
const { defaultStrategies } = require("unleash-client/lib/strategy") as {
  defaultStrategies: readonly object[];
};
const unleash = new UnleashClient(
  { getToggle: (name: string) => (name === feature.name ? feature : undefined), getSegment: () => undefined },
  defaultStrategies,
);

const server = await EtcdServer.start();
const etcd = server.open();
const [imported] = importUnleash({ features: [feature] }).flags;
if (imported === undefined) throw new Error("the feature was not imported: nothing to measure");
const { name, flag } = imported;
const meta = { version: 1, changeSetId: "01J00000000000000000000000", updatedAt: "2026-01-01T00:00:00.000Z" };
const spec = { format: "flag", value: JSON.stringify(flag) };
const head = { epoch: "epochepoch0001", keyCount: 1, receiptSpreadMs: 0 };
await etcd.put(
  liveKey(ENV, { service: "shop", kind: "config", name }),
  JSON.stringify({ schema: 1, spec, meta }),
);
await etcd.put(headKey(ENV, "shop"), JSON.stringify(head));
await etcd.put(headKey(ENV, "*"), JSON.stringify({ ...head, keyCount: 0 }));
const agent: Agent = createAgent({
  service: "shop",
  env: ENV,
  etcd,
  instance: "shop-1",
  metrics: false,
  snapshotDir: false,
});
const handle = agent.config(name, z.boolean(), { default: false });
const provider = new LeverframeProvider(agent);
await provider.initialize();

const bodies = contexts.map((context) => JSON.stringify({ context }));
const ofrep = { table: agent.flags, state: "r1", metadata: {} };
const contextAt = (index: number) => contexts[index & 1_023] ?? {};
const bodyAt = (index: number) => bodies[index & 1_023] ?? "";
let sink = 0;
const ways: Readonly<Record<string, (index: number) => boolean | Promise<boolean>>> = {
  "Unleash's client": (index) => unleash.isEnabled(feature.name, contextAt(index), () => false),
  "agent.config().get": (index) => handle.get(contextAt(index)),
  "agent.flags.evaluate": (index) => "value" in agent.flags.evaluate(feature.name, contextAt(index)),
  "OFREP, one flag": (index) => answerOne(ofrep, feature.name, bodyAt(index)).status === 200,
  "OFREP, all flags": (index) => answerAll(ofrep, bodyAt(index), undefined).status === 200,
  "OpenFeature provider": async (index) =>
    (await provider.resolveBooleanEvaluation(feature.name, false, contextAt(index))).value,
};

for (const context of contexts) {
  if (handle.get(context) !== unleash.isEnabled(feature.name, context, () => false)) {
    throw new Error("the two decide differently: nothing to compare");
  }
}
const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [way, work] of Object.entries(ways)) {
    const fromMs = performance.now();
    for (let index = 0; index < CALLS; index += 1) {
      const answer = work(index);
      if (answer instanceof Promise ? await answer : answer) sink += 1;
    }
    times.get(way)?.push(((performance.now() - fromMs) * 1e6) / CALLS);
  }
}
const median = (way: string): number => {
  const sorted = (times.get(way) ?? []).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const peer = median("Unleash's client");
for (const way of times.keys()) {
  console.log(
    `${way.padEnd(24)} ${median(way).toFixed(0).padStart(6)} ns   ${(median(way) / peer).toFixed(2)} × Unleash's client`,
  );
}
const kept = median("agent.config().get") * 3 <= peer;
console.log(`${kept ? "ok  " : "MISS"} a handle costs at most a third of Unleash's client (${sink} answers)`);
await provider.onClose();
await agent.close();
etcd.close();
await server.close();
process.exit(kept ? 0 : 1);

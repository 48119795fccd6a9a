import { expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { AgentStatus } from "../agent/status.ts";
import { DependencyStats } from "../dependencies/index.ts";
import { LeverStore } from "../levers/index.ts";
import { ProcessFigures } from "../load/index.ts";
import { silentLogger } from "../logger.ts";
import { DegradeRules, Policies } from "../policy/index.ts";
import { agentRegistry } from "./agent-metrics.ts";
import { Pools } from "./pools.ts";

const STATUS: AgentStatus = {
  service: "order",
  env: "dev",
  instance: "order-1",
  incarnation: "i",
  source: "snapshot",
  epoch: "epoch0000001a",
  ownRevision: 7,
  sharedRevision: 9,
  hold: { reason: "head-missing", detail: "gone" },
  held: [],
  unsupported: [],
  stale: true,
  snapshotAgeMs: 2_500,
  leaseState: "lost",
  mirrors: {
    own: { state: "stale", sinceMs: 0, lastProofMs: undefined, revision: 7, relists: 3, streams: 4 },
  },
  receipts: { sent: 5, failed: 1 },
  metricsAddress: undefined,
};

test("a scrape reads the agent's plain counters, and reads them again the next time", async () => {
  const levers = new LeverStore({
    instance: "order-1",
    logger: silentLogger,
    clocks: { now: () => 0 },
    find: () => undefined,
    onDeclare: () => undefined,
    around: () => ({ nowMs: () => 0, random: () => 0, flag: () => undefined }),
  });
  const clock = new FakeClock();
  const dependencies = new DependencyStats(() => 0);
  const policies = new Policies({
    service: "order",
    clock,
    random: () => 1,
    logger: silentLogger,
    levers,
    dependencies,
  });
  const rules = new DegradeRules({
    clock,
    logger: silentLogger,
    switchOf: (name) => levers.knownSwitch(name),
    breakerOf: () => undefined,
    read: () => 90,
    onMove: () => undefined,
  });
  const process = new ProcessFigures(() => performance.now());
  const pools = new Pools();
  pools.add("orders-db", () => ({ inUse: 3, size: 10 }));
  pools.add("broken", () => {
    throw new Error("gone");
  });
  const sources = { levers, policies, rules, dependencies, process, pools };
  const registry = agentRegistry({ ...sources, status: () => STATUS, version: "2.0.0" });
  const comments = levers.switch("comments", { level: "core", default: "DEGRADED" });
  const bank = levers.breaker("bank", { minimumNumberOfCalls: 1 });
  comments.isDegraded();
  await bank.call(() => undefined);
  const limit = { type: "CONCURRENCY", maxConcurrentCalls: 7, maxQueueDurationMs: 0 } as const;
  await policies
    .policy("ledger", { retry: {}, limit })
    .call(() => Promise.reject(new Error("no")), { fallback: () => 1 });
  rules.update([
    {
      name: "hot",
      spec: {
        switch: "comments",
        signal: "cpuPercent",
        above: 80,
        forMs: 0,
        recoverBelow: 50,
        recoverForMs: 0,
      },
    },
  ]);
  await registry.metrics();
  comments.isDegraded();
  await bank.call(() => Promise.reject(new Error("no"))).catch(() => undefined);
  const lines = (await registry.metrics()).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      'leverframe_agent_source{source="snapshot"} 1',
      'leverframe_agent_applied_revision{stream="own"} 7',
      "leverframe_agent_hold 1",
      "leverframe_agent_registered 0",
      "leverframe_agent_snapshot_age_seconds 2.5",
      'leverframe_agent_mirror_state{mirror="own",state="stale"} 1',
      'leverframe_agent_mirror_relists_total{mirror="own"} 3',
      'leverframe_agent_receipts_total{outcome="failed"} 1',
      'leverframe_agent_decisions_total{kind="switch",name="comments",outcome="degraded"} 2',
      'leverframe_agent_breaker_state{name="bank",state="OPEN"} 1',
      'leverframe_agent_breaker_calls_total{name="bank",outcome="succeeded"} 1',
      'leverframe_agent_breaker_calls_total{name="bank",outcome="failed"} 1',
      'leverframe_agent_calls_total{name="ledger",outcome="failed"} 1',
      'leverframe_agent_call_attempts_total{name="ledger",attempt="first"} 1',
      'leverframe_agent_call_attempts_total{name="ledger",attempt="retry"} 0',
      'leverframe_agent_retries_refused_total{name="ledger",reason="budget"} 0',
      'leverframe_agent_retry_budget_left{name="ledger"} 10',
      'leverframe_agent_degradations_total{name="ledger",reason="failed"} 1',
      'leverframe_agent_limit_calls_total{name="ledger",outcome="passed"} 1',
      'leverframe_agent_limit_places{name="ledger"} 7',
      'leverframe_agent_rule_share_bp{rule="hot",target="switch/comments"} 10000',
      'circuitbreaker_open_total{name="bank"} 1',
      'circuitbreaker_state{name="bank",state="OPEN"} 1',
      'circuitbreaker_failure_rate{name="bank"} 50',
      'retry_total{name="ledger"} 0',
      'timeout_total{name="ledger"} 0',
      'degradations_total{name="ledger",reason="failed"} 1',
      'dependency_requests_total{dependency="ledger",outcome="error"} 1',
      'dependency_duration_seconds_bucket{le="0.001",dependency="ledger"} 1',
      'dependency_duration_seconds_bucket{le="+Inf",dependency="ledger"} 1',
      'dependency_duration_seconds_count{dependency="ledger"} 1',
      'pool_in_use{pool="ledger"} 0',
      'pool_size{pool="ledger"} 7',
      'pool_in_use{pool="orders-db"} 3',
      'pool_size{pool="orders-db"} 10',
    ]),
  );
  expect(lines.filter((line) => line.includes("broken"))).toEqual([]);
  for (const name of [
    "process_cpu_percent",
    "process_resident_memory_bytes",
    "nodejs_eventloop_lag_p99_seconds",
  ])
    expect(lines.some((line) => new RegExp(`^${name} [0-9]`).test(line))).toBe(true);
  process.close();
});

import { expect, test } from "vitest";
import type { AgentStatus } from "../agent/status.ts";
import { LeverStore } from "../levers/index.ts";
import { silentLogger } from "../logger.ts";
import { agentRegistry } from "./agent-metrics.ts";

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
  const registry = agentRegistry({ status: () => STATUS, levers, version: "2.0.0" });
  const comments = levers.switch("comments", { level: "core", default: "DEGRADED" });
  const bank = levers.breaker("bank", { minimumNumberOfCalls: 1 });
  comments.isDegraded();
  await bank.call(() => undefined);
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
    ]),
  );
  expect(lines.filter((line) => line.startsWith("# TYPE") && !line.includes("leverframe_agent_"))).toEqual(
    [],
  );
});

import { Registry } from "prom-client";
import type { AgentStatus } from "../agent/status.ts";
import type { DependencyStats } from "../dependencies/index.ts";
import type { LeverStore } from "../levers/index.ts";
import type { ProcessFigures } from "../load/index.ts";
import type { DegradeRules, Policies } from "../policy/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { registerPolicies } from "./policy-metrics.ts";
import type { Pools } from "./pools.ts";
import { counter, gauge } from "./scraped.ts";
import { registerService } from "./service-metrics.ts";

export interface AgentMetricsOptions {
  readonly status: () => AgentStatus;
  readonly levers: LeverStore;
  readonly policies: Policies;
  readonly rules: DegradeRules;
  readonly version: string;
  readonly dependencies: DependencyStats;
  readonly process: ProcessFigures;
  readonly pools: Pools;
}

const MIRROR_STATES = ["connecting", "following", "stale"] as const;
const BREAKER_STATES = ["CLOSED", "OPEN", "HALF_OPEN"] as const;
const SOURCES = ["live", "snapshot", "default"] as const;

/**
 * A registry of the agent's own, under `leverframe_agent_`, and of the service's. Nothing is counted for it while the host runs: everything is read from the agent's plain
 * counters when the registry is scraped.
 */
export function agentRegistry(options: AgentMetricsOptions): Registry {
  const registry = new Registry();
  registerState(registry, options);
  registerDecisions(registry, options.levers);
  registerBreakers(registry, options.levers);
  registerPolicies(registry, options.policies, options.rules);
  registerService(registry, options);
  return registry;
}

function registerState(registry: Registry, { status, version }: AgentMetricsOptions): void {
  gauge(registry, "info", "Releases.", ["agent_version", "version"], (set) => {
    set({ agent_version: AGENT_VERSION, version }, 1);
  });
  gauge(registry, "source", "1 for where what is served comes from.", ["source"], (set) => {
    const { source } = status();
    for (const each of SOURCES) set({ source: each }, each === source ? 1 : 0);
  });
  gauge(registry, "applied_revision", "Revision of etcd applied up to.", ["stream"], (set) => {
    const { ownRevision, sharedRevision } = status();
    set({ stream: "own" }, ownRevision);
    set({ stream: "shared" }, sharedRevision);
  });
  gauge(registry, "held_levers", "Levers whose newest body is not obeyed.", [], (set) =>
    set({}, status().held.length),
  );
  gauge(registry, "unsupported_levers", "Levers that this agent does not act on.", [], (set) =>
    set({}, status().unsupported.length),
  );
  gauge(registry, "hold", "1 while nothing new is obeyed.", [], (set) =>
    set({}, status().hold === undefined ? 0 : 1),
  );
  gauge(registry, "registered", "1 while registered under a lease.", [], (set) =>
    set({}, status().leaseState === "alive" ? 1 : 0),
  );
  gauge(registry, "snapshot_age_seconds", "Since etcd confirmed what the snapshot keeps.", [], (set) => {
    const { snapshotAgeMs } = status();
    if (snapshotAgeMs !== undefined) set({}, snapshotAgeMs / 1_000);
  });
  gauge(registry, "mirror_state", "1 for the state of each mirror.", ["mirror", "state"], (set) => {
    for (const [mirror, { state }] of Object.entries(status().mirrors)) {
      for (const each of MIRROR_STATES) set({ mirror, state: each }, each === state ? 1 : 0);
    }
  });
  counter(registry, "mirror_relists", "Lists after the first.", ["mirror"], (add) => {
    for (const [mirror, { relists }] of Object.entries(status().mirrors)) add({ mirror }, relists);
  });
  counter(registry, "receipts", "Receipts by outcome.", ["outcome"], (add) => {
    const { sent, failed } = status().receipts;
    add({ outcome: "sent" }, sent);
    add({ outcome: "failed" }, failed);
  });
}

function registerDecisions(registry: Registry, levers: LeverStore): void {
  counter(registry, "decisions", "Decisions by lever and outcome.", ["kind", "name", "outcome"], (add) => {
    for (const { kind, name, outcomes } of levers.outcomes()) {
      for (const [outcome, count] of Object.entries(outcomes)) add({ kind, name, outcome }, count);
    }
  });
}

function registerBreakers(registry: Registry, levers: LeverStore): void {
  gauge(registry, "breaker_state", "1 for the state of each breaker.", ["name", "state"], (set) => {
    for (const { name, state } of levers.breakers()) {
      for (const each of BREAKER_STATES) set({ name, state: each }, each === state ? 1 : 0);
    }
  });
  counter(
    registry,
    "breaker_calls",
    "Calls by outcome; slow ones, and those that a watching breaker would have refused, count twice.",
    ["name", "outcome"],
    (add) => {
      for (const { name, totals } of levers.breakers()) {
        const { succeeded, failed, slow, refused, wouldRefuse: would_refuse } = totals;
        for (const [outcome, count] of Object.entries({ succeeded, failed, slow, refused, would_refuse }))
          add({ name, outcome }, count);
      }
    },
  );
}

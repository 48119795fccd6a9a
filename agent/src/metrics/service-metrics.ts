import type { Registry } from "prom-client";
import { type DependencyStats, DURATION_BOUNDS } from "../dependencies/index.ts";
import type { LeverStore } from "../levers/index.ts";
import type { ProcessFigures } from "../load/index.ts";
import type { Policies } from "../policy/index.ts";
import type { Pools } from "./pools.ts";
import { type Durations, MOST_SERIES, scrapedCounter, scrapedGauge, scrapedHistogram } from "./scraped.ts";

/** What the pages of the console, alerts and dashboards ask for by name. */
export interface ServiceMetricsSources {
  readonly levers: LeverStore;
  readonly policies: Policies;
  readonly dependencies: DependencyStats;
  readonly process: ProcessFigures;
  readonly pools: Pools;
}

const STATES = ["CLOSED", "OPEN", "HALF_OPEN"] as const;
const WHOLE = 100;

/** Breakers, calls, dependencies, pools and the process, under the names that `docs/tracing.md` lists. */
export function registerService(registry: Registry, sources: ServiceMetricsSources): void {
  registerBreakers(registry, sources.levers);
  registerCalls(registry, sources.policies);
  registerDependencies(registry, sources.dependencies);
  registerProcess(registry, sources);
}

function registerBreakers(registry: Registry, levers: LeverStore): void {
  const name = "circuitbreaker_open_total";
  scrapedCounter({ registry, name, help: "How often breakers opened.", labelNames: ["name"] }, (add) => {
    for (const { name, totals } of levers.breakers()) add({ name }, totals.opened);
  });
  scrapedGauge(
    {
      registry,
      name: "circuitbreaker_failure_rate",
      help: "Percent of the calls in a breaker's window; of an open one what opened it. Absent below its least number of calls.",
      labelNames: ["name"],
    },
    (set) => {
      for (const { name, standing } of levers.breakers())
        if (standing.failureRate !== undefined) set({ name }, standing.failureRate);
    },
  );
  scrapedGauge(
    {
      registry,
      name: "circuitbreaker_state",
      help: "1 for the state of each breaker.",
      labelNames: ["name", "state"],
    },
    (set) => {
      for (const { name, state } of levers.breakers())
        for (const each of STATES) set({ name, state: each }, each === state ? 1 : 0);
    },
  );
}

function registerCalls(registry: Registry, policies: Policies): void {
  const labelNames = ["name"] as const;
  scrapedCounter({ registry, name: "retry_total", help: "Retries that were made.", labelNames }, (add) => {
    for (const { name, stats } of policies) add({ name }, stats.retries);
  });
  scrapedGauge(
    {
      registry,
      name: "retry_success_rate",
      help: "Percent of the calls of the last 10 s that were retried and ended well. Absent below 5 of them.",
      labelNames,
    },
    (set) => {
      for (const [name, { retryFailureRate }] of policies.namedRates())
        if (retryFailureRate !== undefined) set({ name }, WHOLE - retryFailureRate);
    },
  );
  scrapedCounter(
    { registry, name: "timeout_total", help: "Attempts whose time was over.", labelNames },
    (add) => {
      for (const { name, stats } of policies) add({ name }, stats.timeouts);
    },
  );
  scrapedCounter(
    {
      registry,
      name: "degradations_total",
      help: "Answers that something else gave, by why.",
      labelNames: ["name", "reason"],
    },
    (add) => {
      for (const { name, stats } of policies)
        for (const [reason, count] of Object.entries(stats.degradations))
          if (count > 0) add({ name, reason }, count);
    },
  );
}

function registerDependencies(registry: Registry, dependencies: DependencyStats): void {
  scrapedCounter(
    {
      registry,
      name: "dependency_requests_total",
      help: "Calls to others by how they ended: ok, error, timeout, refused (not made), cancelled.",
      labelNames: ["dependency", "outcome"],
    },
    (add) => {
      for (const { peer, figures } of dependencies)
        for (const [outcome, { count }] of figures) add({ dependency: peer.name, outcome }, count);
    },
  );
  scrapedHistogram(
    {
      registry,
      name: "dependency_duration_seconds",
      help: "How long calls to others took, attempt by attempt; those that were refused are not among them.",
      labelNames: ["dependency"],
      bounds: DURATION_BOUNDS,
    },
    () => durationsOf(dependencies),
  );
}

/** Of each dependency all operations and outcomes together. */
function durationsOf(dependencies: DependencyStats): ReadonlyMap<string, Durations> {
  const sums = new Map<string, { count: number; sumSeconds: number; buckets: number[] }>();
  for (const { peer, figures } of dependencies) {
    const name = sums.has(peer.name) || sums.size < MOST_SERIES ? peer.name : "other";
    const sum = sums.get(name) ?? { count: 0, sumSeconds: 0, buckets: DURATION_BOUNDS.map(() => 0) };
    sums.set(name, sum);
    for (const [outcome, { count, sumSeconds, buckets }] of figures) {
      if (outcome === "refused") continue;
      sum.count += count;
      sum.sumSeconds += sumSeconds;
      for (let at = 0; at < DURATION_BOUNDS.length; at++)
        sum.buckets[at] = (sum.buckets[at] ?? 0) + (buckets[at] ?? 0);
    }
  }
  return sums;
}

function registerProcess(registry: Registry, { process, pools, policies }: ServiceMetricsSources): void {
  const labelNames = [] as const;
  const lag = "99th percentile of how late the event loop was since the last scrape.";
  scrapedGauge({ registry, name: "nodejs_eventloop_lag_p99_seconds", help: lag, labelNames }, (set) => {
    const seconds = process.eventLoopLagP99();
    if (seconds !== undefined) set({}, seconds);
  });
  const cpu = "CPU time since the last scrape, in percent of one core.";
  scrapedGauge({ registry, name: "process_cpu_percent", help: cpu, labelNames }, (set) =>
    set({}, process.cpuPercent()),
  );
  const memory = "Memory that the process holds.";
  scrapedGauge({ registry, name: "process_resident_memory_bytes", help: memory, labelNames }, (set) =>
    set({}, process.residentBytes()),
  );
  const each = (tell: (pool: string, inUse: number, size: number) => void): void => {
    for (const { name, places, inUse } of policies.limiters)
      if (places !== undefined) tell(name, inUse, places);
    for (const [name, { inUse, size }] of pools.states()) tell(name, inUse, size);
  };
  const used = "What of a pool is in use: of bulkheads, and of the pools that the code named.";
  scrapedGauge({ registry, name: "pool_in_use", help: used, labelNames: ["pool"] }, (set) =>
    each((pool, inUse) => set({ pool }, inUse)),
  );
  const size = "How much there is of a pool.";
  scrapedGauge({ registry, name: "pool_size", help: size, labelNames: ["pool"] }, (set) =>
    each((pool, _, size) => set({ pool }, size)),
  );
}

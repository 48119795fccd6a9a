import type { CallRecording } from "../breaker/index.ts";
import type { DependencyStats } from "../dependencies/index.ts";
import type { ServiceDirectory } from "../discovery/index.ts";
import type { LeverStore, SpecHandle } from "../levers/index.ts";
import type { LiveState } from "../live-state/index.ts";
import type { Logger } from "../logger.ts";
import type { PoolState, Pools } from "../metrics/pools.ts";
import type { SpecOf } from "../protocol/index.ts";
import type { AgentSettings } from "./options.ts";

/** What telemetry tells of an agent: who it is, what is in force, whom it called. Reading it costs next to nothing. */
export interface TelemetrySource {
  readonly service: string;
  readonly env: string;
  readonly instance: string;
  readonly version: string;
  readonly zone: string;
  readonly logger: Logger;
  /** etcd's revisions that are applied: of the service's own levers, and of every service's. */
  readonly ownRevision: number;
  readonly sharedRevision: number;
  readonly dependencies: DependencyStats;
  /** What breakers see, call by call, from `begin` on. */
  readonly recording: CallRecording;
  /** Monotonic ms, what breakers go by. */
  now(): number;
  /** Whether the registry of a service of that name is followed. */
  follows(service: string): boolean;
  /** Declares a `sampling` lever: receipts say from now on that it is read. */
  sampling(name: string, byDefault: SpecOf<"sampling">): Pick<SpecHandle<"sampling">, "spec" | "count">;
  /** Tells of a pool of the host's own (`pool_in_use`, `pool_size`) from now on; the same name replaces. Returns what ends it. */
  pool(name: string, read: () => PoolState): () => void;
}

/** What of an agent's inside is told. */
interface Inside {
  readonly live: LiveState;
  readonly levers: LeverStore;
  readonly directory: ServiceDirectory;
  readonly dependencies: DependencyStats;
  readonly recording: CallRecording;
  readonly pools: Pools;
}

/** Tells of an agent, always as it is when asked. */
export function telemetryOf(inside: Inside, settings: AgentSettings, now: () => number): TelemetrySource {
  const { live, levers, directory, dependencies, recording, pools } = inside;
  const { service, env, instance, version, zone, logger } = settings;
  return {
    service,
    env,
    instance,
    version,
    zone,
    logger,
    dependencies,
    recording,
    now,
    get ownRevision() {
      return live.ownRevision;
    },
    get sharedRevision() {
      return live.sharedRevision;
    },
    follows: (name) => directory.follows(name),
    sampling: (name, byDefault) => levers.policy("sampling", name, byDefault),
    pool: (name, read) => pools.add(name, read),
  };
}

import type { DependencyStats } from "../dependencies/index.ts";
import type { SpecHandle } from "../levers/index.ts";
import type { Logger } from "../logger.ts";
import type { SpecOf } from "../protocol/index.ts";

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
  /** Whether the registry of a service of that name is followed. */
  follows(service: string): boolean;
  /** Declares a `sampling` lever: receipts say from now on that it is read. */
  sampling(name: string, byDefault: SpecOf<"sampling">): Pick<SpecHandle<"sampling">, "spec" | "count">;
}

import { hostname } from "node:os";
import * as z from "zod";
import type { Etcd, EtcdOptions, MirrorTimings } from "../etcd/index.ts";
import { guardLogger, type Logger, silentLogger } from "../logger.ts";
import { describeIssues, environmentName, instanceId, serviceName } from "../protocol/index.ts";
import { instanceIdFor } from "../registration/index.ts";
import type { ServiceKey } from "../secrets/index.ts";
import { ownKeys } from "../secrets/own-keys.ts";

export interface MetricsOptions {
  /** Default 0: a free one, which the registration tells. */
  readonly port?: number;
  /** Where to listen, and the name to be reached by. Default: all interfaces, by the host of `address` or the host's name. */
  readonly host?: string;
}

export interface AgentOptions {
  readonly service: string;
  readonly env: string;
  /** Where etcd is, or a client that several agents share and that outlives them. */
  readonly etcd: Omit<EtcdOptions, "deadlineMs"> | Etcd;
  /** Default: `LEVERFRAME_INSTANCE`, else `{hostname}-{port}`. Stable across restarts: rollouts by instance go by it. */
  readonly instance?: string;
  /** `host:port` where the service answers. */
  readonly address?: string;
  readonly version?: string;
  readonly zone?: string;
  /** `/metrics` and `/healthz`; false listens nowhere. */
  readonly metrics?: MetricsOptions | false;
  /** Default `.leverframe/snapshots` below the working directory; false keeps none. */
  readonly snapshotDir?: string | false;
  /** Services that are called: their instances are known before `start` is over. */
  readonly dependencies?: readonly string[];
  /**
   * The environment whose services plain registrations under `/services/` belong to. Default:
   * `LEVERFRAME_FOREIGN_ENVIRONMENT`; where neither is given, or it is another one, they are left alone.
   */
  readonly foreignEnvironment?: string;
  /** `start` waits no longer than this. Default 3,000. */
  readonly startDeadlineMs?: number;
  /** Default: silent. */
  readonly logger?: Logger;
  /** `followUpMs`: between a receipt and the one with the decisions since. Default 10,000. */
  readonly receipts?: { readonly followUpMs?: number };
  /** `kid:key` pairs that open this service's secret configs. Default: `LEVERFRAME_SECRET_KEYS`, or its `_FILE`. */
  readonly secretKeys?: string;
  /** How the mirrors prove their watches; see `MirrorTimings`. */
  readonly mirror?: Partial<MirrorTimings>;
}

/** The options, checked and complete. */
export interface AgentSettings {
  readonly service: string;
  readonly env: string;
  readonly instance: string;
  readonly address: string | undefined;
  readonly version: string;
  readonly zone: string;
  readonly etcd: AgentOptions["etcd"];
  readonly metrics: { readonly port: number; readonly host: string | undefined } | undefined;
  readonly snapshotDir: string | undefined;
  readonly dependencies: readonly string[];
  /** Whether plain registrations belong to its environment. */
  readonly foreign: boolean;
  readonly startDeadlineMs: number;
  readonly logger: Logger;
  readonly followUpMs: number | undefined;
  readonly timings: Partial<MirrorTimings>;
  readonly secretKeys: readonly ServiceKey[];
}

const shortText = z.string().max(64);
const hostAndPort = z.string().regex(/^\S{1,253}:\d{1,5}$/, { error: "must be host:port" });

const checked = z.object({
  service: serviceName,
  env: environmentName,
  instance: instanceId,
  address: hostAndPort.optional(),
  version: shortText.default("unknown"),
  zone: shortText.default("default"),
  metrics: z
    .union([
      z.literal(false),
      z.object({ port: z.int().min(0).max(65_535).default(0), host: z.string().min(1).optional() }),
    ])
    .default({ port: 0 }),
  snapshotDir: z.union([z.literal(false), z.string().min(1)]).default(".leverframe/snapshots"),
  dependencies: z.array(serviceName).max(200).default([]),
  foreignEnvironment: environmentName.optional(),
  startDeadlineMs: z.number().min(0).max(600_000).default(3_000),
  receipts: z.object({ followUpMs: z.number().min(0).optional() }).default({}),
});

export const isEtcd = (etcd: AgentOptions["etcd"]): etcd is Etcd => "range" in etcd;

/** Checks the options. Throws a `TypeError` that names each field at fault. */
export function settingsFor(options: AgentOptions): AgentSettings {
  const instance = instanceIdFor({ instance: options.instance, address: options.address });
  const parsed = checked.safeParse({ ...options, instance });
  const issues = parsed.success ? [] : [describeIssues(parsed.error)];
  if (typeof options.etcd !== "object" || options.etcd === null) issues.push("etcd: must be given");
  else if (!isEtcd(options.etcd) && !options.etcd.endpoints?.length)
    issues.push("etcd.endpoints: must hold one");
  const secretKeys = readKeys(options.secretKeys, issues);
  if (issues.length > 0 || !parsed.success) throw new TypeError(`createAgent: ${issues.join("; ")}`);
  const { metrics, snapshotDir, receipts, foreignEnvironment, ...rest } = parsed.data;
  return {
    ...rest,
    address: rest.address,
    foreign: (foreignEnvironment ?? process.env["LEVERFRAME_FOREIGN_ENVIRONMENT"]) === rest.env,
    etcd: options.etcd,
    metrics: metrics === false ? undefined : { port: metrics.port, host: metrics.host },
    snapshotDir: snapshotDir === false ? undefined : snapshotDir,
    logger: guardLogger(options.logger ?? silentLogger),
    followUpMs: receipts.followUpMs,
    timings: options.mirror ?? {},
    secretKeys,
  };
}

function readKeys(given: string | undefined, issues: string[]): readonly ServiceKey[] {
  try {
    return ownKeys(given);
  } catch (error) {
    issues.push(`secretKeys: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** The name by which scrapers reach a port of this process. */
export function advertisedHost(settings: AgentSettings): string {
  const bound = settings.metrics?.host;
  if (bound !== undefined && bound !== "0.0.0.0" && bound !== "::") return bound;
  return settings.address?.slice(0, settings.address.lastIndexOf(":")) ?? hostname();
}

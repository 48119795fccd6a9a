import path from "node:path";
import type { Scope } from "../domain/access.ts";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import type { AccessService } from "../features/access/access-service.ts";
import { checksOf } from "../features/telemetry/readiness.ts";
import type { TelemetryStore } from "../features/telemetry/store.ts";
import type { Log } from "../infra/log.ts";
import { ClickHouseStore } from "../infra/telemetry/clickhouse-store.ts";
import { type IngestProcess, startIngestProcess } from "../infra/telemetry/ingest-process.ts";
import { startStoreProcess } from "../infra/telemetry/store-process.ts";
import type { Readiness } from "../server/http-server.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import { createOtlpProxy } from "../server/otlp-proxy.ts";
import { watchIngest } from "./telemetry-metrics.ts";

export interface TelemetryOptions {
  readonly environment: Environment;
  readonly access: AccessService;
  readonly onAccessChange: (listener: () => void) => () => void;
  readonly metrics: ControlMetrics;
  readonly log: Log;
}

/** The eyes, as the rest of the control plane knows them. Nothing that moves a lever waits for them. */
export interface Telemetry {
  readonly store: TelemetryStore;
  /** `/v1/traces` and `/v1/metrics` of the console's own port. */
  readonly otlp: ReturnType<typeof createOtlpProxy>;
  /** Adds what the eyes are not ready for; whether levers are, stays as it is. */
  withEyes(readiness: Readiness): Readiness;
  close(): Promise<void>;
}

const TOKENS_AFTER_MS = 50;

/** Starts the store and the ingest beside us, as the settings say; returns at once. */
export function openTelemetry(options: TelemetryOptions): Telemetry {
  const { environment, log } = options;
  if (environment.LEVERFRAME_TELEMETRY === "off") return telemetryOff();
  const store = new ClickHouseStore(log);
  let url = environment.CLICKHOUSE_URL;
  let ingest: IngestProcess | undefined;
  const answersAt = (now: string | undefined, why: string): void => {
    url = now;
    if (now === undefined) store.away(why);
    else store.use(now);
    ingest?.update({ storeUrl: now ?? "" });
  };
  if (url !== undefined) store.use(url);
  const beside =
    url !== undefined
      ? undefined
      : startStoreProcess({
          file: programFile("telemetry-store", "store"),
          dir: path.join(environment.LEVERFRAME_DATA, "telemetry"),
          memoryBytes: environment.LEVERFRAME_TELEMETRY_MEMORY_MB * 1024 ** 2,
          onUrl: answersAt,
          log,
        });
  ingest = startIngestProcess({
    file: programFile("ingest", "ingest"),
    orders: () => ({
      host: environment.HOST,
      httpPort: environment.LEVERFRAME_OTLP_HTTP_PORT,
      grpcPort: environment.LEVERFRAME_OTLP_GRPC_PORT,
      queueBytes: environment.LEVERFRAME_INGEST_QUEUE_MB * 1024 ** 2,
      redactKeys: environment.LEVERFRAME_REDACT_KEYS,
      redactPatterns: environment.LEVERFRAME_REDACT_PATTERNS,
      ...(url === undefined ? {} : { storeUrl: url }),
      tokens: options.access.bearers().map(toRights),
    }),
    log,
  });
  const running = ingest;
  let timer: NodeJS.Timeout | undefined;
  const unsubscribe = options.onAccessChange(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      running.update({ tokens: options.access.bearers().map(toRights) });
    }, TOKENS_AFTER_MS).unref();
  });
  const unwatch = watchIngest(options.metrics, () => ({
    counters: running.counters,
    storeUp: store.unavailable === undefined,
    ingestUp: running.ready !== undefined,
  }));
  const otlp = createOtlpProxy(() => running.ready?.innerPort);
  return {
    store,
    otlp,
    withEyes(readiness) {
      const checks = checksOf({
        off: false,
        storeUnavailable: store.unavailable,
        ingestUnavailable: running.unavailable,
        portsTaken: running.ready?.taken ?? [],
      });
      if (checks === undefined) return readiness;
      return {
        ready: readiness.ready,
        checks: { ...readiness.checks, "telemetry-store": checks.store, "telemetry-ingest": checks.ingest },
      };
    },
    async close() {
      unsubscribe();
      unwatch();
      clearTimeout(timer);
      otlp.close();
      // What the ingest still holds goes into the store before that stops.
      await running.stop();
      store.away("the control plane stops");
      await beside?.stop();
    },
  };
}

const OFF = "telemetry is off (LEVERFRAME_TELEMETRY=off)";

function telemetryOff(): Telemetry {
  const refuse = (): Promise<never> =>
    Promise.reject(new DomainError("UNAVAILABLE", `There is no telemetry: ${OFF}.`));
  const otlp = createOtlpProxy(() => undefined);
  return {
    store: { unavailable: OFF, query: refuse, insert: refuse },
    otlp,
    withEyes: (readiness) => readiness,
    close: () => Promise.resolve(otlp.close()),
  };
}

/** The bundle beside ours; in development the source, run as we are. */
function programFile(bundle: string, folder: string): string {
  const here = import.meta.filename;
  return here.endsWith(".ts")
    ? path.resolve(import.meta.dirname, "..", "telemetry", folder, "main.ts")
    : path.join(import.meta.dirname, `${bundle}.mjs`);
}

interface Rights {
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly ownerScopes?: readonly Scope[] | undefined;
  readonly expiresAtMs?: number | undefined;
}

/** As plain values: they go to another process. */
const toRights = ({ hash, scopes, ownerScopes, expiresAtMs }: Rights) => ({
  hash,
  scopes: scopes.map(plain),
  ...(ownerScopes === undefined ? {} : { ownerScopes: ownerScopes.map(plain) }),
  ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
});
const plain = ({ role, env, services }: Scope): Scope => ({ role, env, services });

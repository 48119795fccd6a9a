import { openSecret, sealSecret } from "@leverframe/agent/secrets";
import { ulid } from "ulid";
import { receiverTarget } from "../domain/alerts/index.ts";
import { DomainError } from "../domain/errors.ts";
import { AlertEngine } from "../features/alerts/alert-engine.ts";
import { type AlertService, createAlertService } from "../features/alerts/alert-service.ts";
import { Messenger } from "../features/alerts/messenger.ts";
import { type OwnGauges, withOwnMetrics } from "../features/alerts/own-metrics.ts";
import { PendingLog } from "../features/alerts/pending-log.ts";
import type { MetricsReader } from "../features/metrics/metrics-reader.ts";
import type { MasterKeys } from "../features/secrets/master-keys.ts";
import { createDeliver } from "../infra/alerts/deliver.ts";
import { sleep } from "../infra/clock.ts";
import { createAlertStore } from "../infra/etcd/alert-store.ts";
import type { Log } from "../infra/log.ts";
import { createAlertLog } from "../infra/sql/alert-log.ts";
import type { Database } from "../infra/sql/database.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import type { Rooms } from "./environment-rooms.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";
import type { Leaderships } from "./leaderships.ts";

export interface AlertsOptions {
  readonly rooms: Rooms;
  readonly clusters: Pick<EtcdClusters, "home">;
  readonly leaderships: Pick<Leaderships, "home">;
  readonly database: Database;
  readonly reader: MetricsReader;
  readonly keys: MasterKeys;
  readonly metrics: ControlMetrics;
  /** How people reach the console; asked late. */
  readonly url: () => string;
  readonly log: Log;
}

/** Joins rules, figures, receivers and the history of alerts: looks while this process leads. */
export function openAlerts(options: AlertsOptions): { readonly service: AlertService; close(): void } {
  const { rooms, clusters, leaderships, database, keys, metrics } = options;
  const log = options.log.child({ part: "alerts" });
  const placeOf = (env: string, name: string) => ({ env, service: "*", kind: "alert-receiver", name });
  const messenger = new Messenger({
    deliver: createDeliver({
      pageOf: (env) => `${options.url()}/alerts?env=${encodeURIComponent(env)}`,
      wallMs: Date.now,
    }),
    open: (env, { name, sealed }) =>
      receiverTarget.parse(JSON.parse(openSecret(keys.all(), placeOf(env, name), sealed))),
    wall: Date.now,
    sleep,
    onDelivery(env, { receiver, ok, why }) {
      metrics.notifications.inc({ env, receiver, outcome: ok ? "delivered" : "failed" });
      if (!ok) log.warn({ env, receiver, why }, "a message about alerts did not get through; tried again");
    },
  });
  const store = createAlertStore(clusters.home);
  const history = createAlertLog(database);
  const engine = new AlertEngine({
    environments: () => rooms.names(),
    leadership: leaderships.home,
    store,
    reader: withOwnMetrics(ownGauges(metrics, rooms), options.reader),
    messenger,
    log: new PendingLog(history, (error) => log.error({ err: error }, "the history of alerts failed")),
    wall: Date.now,
    sleep,
    onLook(env, tookMs, firing) {
      metrics.alertLookSeconds.observe({ env }, tookMs / 1_000);
      metrics.alertsFiring.set({ env }, firing);
    },
    onProblem: ({ env, what, err }) => log.warn({ env, err }, what),
  });
  return {
    service: createAlertService({
      store,
      log: history,
      messenger,
      known: (env) => void rooms.room(env),
      seal: (env, name, target, unique) =>
        sealSecret(keys.current(), placeOf(env, name), JSON.stringify(target), unique),
      newId: () => ulid(),
      now: () => new Date(),
    }),
    close: () => engine.close(),
  };
}

const ownGauges =
  (metrics: ControlMetrics, rooms: Rooms): OwnGauges =>
  async (name, env) => {
    const metric = metrics.registry.getSingleMetric(name);
    if (metric === undefined) return undefined;
    if (rooms.room(env).stale() !== undefined) throw notYet(`${env} is not followed`);
    rooms.gauge(metrics);
    const { values } = await metric.get();
    // Whoever leads begins to count it some moments after it leads.
    if (values.length === 0 && metric === metrics.readModelDelay)
      throw notYet("the history is not drained yet");
    return values.map(({ labels, value }) => ({ labels: textsOf(labels), value }));
  };

const notYet = (why: string): DomainError => new DomainError("UNAVAILABLE", `Not measured: ${why}.`);

const textsOf = (labels: object): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));

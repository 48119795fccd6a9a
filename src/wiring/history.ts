import { isDomainError } from "../domain/errors.ts";
import type { HistoryReader } from "../features/history/history-reader.ts";
import type { HistoryPort, HistoryStatus } from "../features/history/history-router.ts";
import { HistoryService } from "../features/history/history-service.ts";
import { isSameLife } from "../features/history/lives.ts";
import { monotonicMs, sleep } from "../infra/clock.ts";
import { createJournalSource } from "../infra/etcd/journal-source.ts";
import type { Log } from "../infra/log.ts";
import type { Database } from "../infra/sql/database.ts";
import { createHistoryReader } from "../infra/sql/history-reader.ts";
import { createHistoryStore } from "../infra/sql/history-store.ts";
import type { Readiness } from "../server/http-server.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import type { Rooms } from "./environment-rooms.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";
import type { Leaderships } from "./leaderships.ts";

export interface History extends HistoryPort {
  readonly reader: HistoryReader;
  /** Whether SQL follows the life of the data that etcd holds now. */
  follows(env: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Joins journals, SQL and the lead: begins at once, drains only where and while this process leads. */
export function startHistory(parts: {
  readonly rooms: Pick<Rooms, "names" | "room">;
  readonly clusters: Pick<EtcdClusters, "etcdFor">;
  readonly leaderships: Pick<Leaderships, "of">;
  readonly database: Database;
  readonly metrics: Pick<ControlMetrics, "readModelDelay" | "readModelProjected">;
  readonly log: Log;
}): History {
  const { rooms, clusters, leaderships, database, metrics } = parts;
  const log = parts.log.child({ part: "history" });
  const reader = createHistoryReader(database);
  const journals = createJournalSource(clusters.etcdFor, log);
  const store = createHistoryStore(database);
  const service = new HistoryService({
    journals,
    store,
    environments: () => rooms.names(),
    leadership: (env) => leaderships.of(env),
    now: monotonicMs,
    today: () => new Date(),
    sleep,
    onProjected: (env, delayMs) => metrics.readModelProjected.observe({ env }, delayMs / 1000),
    onDelay(env, delayMs) {
      if (delayMs === undefined) metrics.readModelDelay.remove({ env });
      else metrics.readModelDelay.set({ env }, delayMs / 1000);
    },
    onProblem: ({ env, what, err }) => log.warn({ env, ...(err === undefined ? {} : { err }) }, what),
  });
  service.start();
  return {
    reader,
    async follows(env) {
      const position = await store.position(env);
      return (
        position !== undefined &&
        (await isSameLife(env, position, { journals, store, today: () => new Date() }))
      );
    },
    known: (env) => void rooms.room(env),
    async status(env): Promise<HistoryStatus> {
      const drain = service.status(env);
      const known = { delayMs: drain?.delayMs ?? null, waiting: drain?.waiting ?? null };
      try {
        return { ...(await reader.position(env)), sql: { ok: true }, ...known };
      } catch (error) {
        if (!isDomainError(error)) throw error;
        return { epoch: "", revision: 0, sql: { ok: false, why: error.message }, ...known };
      }
    },
    close: () => service.close(),
  };
}

/** Shown, and no reason to take a control plane out of service: levers move without SQL. */
export function withSql(readiness: Readiness, database: Pick<Database, "state">): Readiness {
  const ok = database.state.state === "ready";
  const sql = ok ? { ok } : { ok, why: "sql: not ready, history catches up" };
  return { ready: readiness.ready, checks: { ...readiness.checks, sql } };
}

import { parseKey } from "@leverframe/agent/protocol";
import { type EnvironmentState, readResource } from "../domain/environment-state.ts";
import { DomainError } from "../domain/errors.ts";
import { FleetEvents } from "../domain/metrics/fleet-events.ts";
import type { HistoryEntry } from "../features/history/history-reader.ts";
import { COMPARED_MS, compareAt, OWN_SLICING, PROMETHEUS_SLICING } from "../features/metrics/comparison.ts";
import type { ControlHealth } from "../features/metrics/control-health.ts";
import { type ChangeMark, FleetMemory, type MarkerSpan, markersIn } from "../features/metrics/markers.ts";
import type { MetricsReader } from "../features/metrics/metrics-reader.ts";
import type { Comparison, MetricsPort } from "../features/metrics/metrics-router.ts";
import { createNoReader } from "../features/metrics/no-reader.ts";
import { createPrometheusReader } from "../features/metrics/prometheus-reader.ts";
import { createStoreReader } from "../features/metrics/store-reader.ts";
import type { TelemetryStore } from "../features/telemetry/store.ts";
import type { Log } from "../infra/log.ts";
import { createAskPrometheus } from "../infra/prometheus/ask-prometheus.ts";
import { VERSION } from "../version.ts";
import type { Rooms } from "./environment-rooms.ts";
import type { History } from "./history.ts";
import type { Leaderships } from "./leaderships.ts";
import { registeredIn } from "./registered.ts";
import { startScraping } from "./scraping.ts";

export interface Metrics {
  readonly reader: MetricsReader;
  readonly port: MetricsPort;
  close(): void;
}

const LOOK_EVERY_MS = 1_000;
const HISTORY_PAGES = 5;
const HISTORY_ROWS = 200;
const FAULTS = 20;

/** Joins who answers metric queries, who scrapes, and what charts mark. Begins at once. */
export function startMetrics(parts: {
  readonly rooms: Rooms;
  readonly leaderships: Leaderships;
  readonly history: History;
  /** Undefined where telemetry is off. */
  readonly store: TelemetryStore | undefined;
  readonly prometheusUrl: string | undefined;
  readonly scrapeNetworks: string;
  readonly log: Log;
}): Metrics {
  const { rooms, leaderships, history, store, prometheusUrl } = parts;
  const log = parts.log.child({ part: "metrics" });
  const from = prometheusUrl === undefined ? (store === undefined ? "none" : "store") : "prometheus";
  const reader =
    prometheusUrl === undefined
      ? store === undefined
        ? createNoReader()
        : createStoreReader(store)
      : createPrometheusReader(createAskPrometheus(prometheusUrl));
  const leads = (env: string): boolean =>
    rooms.room(env).stale() === undefined && leaderships.of(env).fence !== undefined;
  const scraping =
    store === undefined || from !== "store"
      ? undefined
      : startScraping({
          targets: () =>
            rooms
              .names()
              .filter(leads)
              .flatMap((env) => registeredIn(rooms.room(env))),
          store,
          networks: parts.scrapeNetworks,
          log,
        });
  const fleet = new FleetMemory(store, (error) => log.warn({ err: error }, "a fleet's event was not kept"));
  const stopWatching = watchFleets(rooms, leads, fleet);
  const sources = {
    remembered: (env: string, span: MarkerSpan) => rememberedIn(history, env, span),
    standing: (env: string, span: MarkerSpan) => standingMarks(rooms.room(env).state, span),
    fleet,
  };
  const markers: MetricsPort["markers"] = (env, span) => markersIn(sources, env, span);

  async function markOf(env: string, changeSetId: string): Promise<ChangeMark> {
    const note = await rooms.journals.get(env, changeSetId).catch(() => undefined);
    if (note !== undefined) return markOfJournal(changeSetId, note.revision, { ...note, edits: note.refs });
    const entry = await history.reader.changeSet(env, changeSetId);
    if (entry === undefined)
      throw new DomainError("NOT_FOUND", `There is no change set ${changeSetId} in ${env}.`);
    return markOfJournal(changeSetId, entry.revision, entry.journal);
  }

  return {
    reader,
    close() {
      stopWatching();
      scraping?.close();
    },
    port: {
      reader,
      markers,
      known: (env) => void rooms.room(env),
      compare: async (env, changeSetId) =>
        compare({ reader, markers, isOwn: from === "store" }, env, await markOf(env, changeSetId)),
      health: async (env) => ({
        version: VERSION,
        etcd: partOf(rooms.room(env).stale()?.why),
        history: await historyHealth(history, env),
        telemetry: store === undefined ? undefined : partOf(store.unavailable),
        metrics: { from, ...scrapedIn(env) },
        leads: leads(env),
      }),
    },
  };

  function scrapedIn(env: string): Pick<ControlHealth["metrics"], "scraped" | "faults"> {
    const targets = (scraping?.health() ?? []).filter(({ target }) => target.env === env);
    return {
      scraped: targets.length,
      faults: targets
        .flatMap(({ target: { service, instance }, fault }) =>
          fault === undefined ? [] : [{ service, instance, why: fault }],
        )
        .slice(0, FAULTS),
    };
  }
}

const partOf = (why: string | undefined) => (why === undefined ? { ok: true } : { ok: false, why });

async function historyHealth(history: History, env: string): Promise<ControlHealth["history"]> {
  const { sql, delayMs } = await history.status(env);
  return { ...partOf(sql.ok ? undefined : sql.why), delayMs };
}

/** Looks at each registry once a second, which costs a walk over what stands in memory. */
function watchFleets(rooms: Rooms, leads: (env: string) => boolean, fleet: FleetMemory): () => void {
  const watched = new Map<string, FleetEvents>();
  const timer = setInterval(() => {
    for (const env of rooms.names()) {
      const room = rooms.room(env);
      // What is not known to be the present tells of nothing.
      if (room.stale() !== undefined) continue;
      const events = watched.get(env) ?? new FleetEvents();
      watched.set(env, events);
      fleet.learn(env, events.look(registeredIn(room), Date.now()), leads(env));
    }
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

const markOfJournal = (
  changeSetId: string,
  revision: number,
  journal: Pick<HistoryEntry["journal"], "at" | "reason" | "author"> & {
    readonly edits: readonly { readonly service: string }[];
  },
): ChangeMark => ({
  kind: "change",
  changeSetId,
  revision,
  atMs: Date.parse(journal.at),
  reason: journal.reason,
  author: journal.author,
  services: [...new Set(journal.edits.map(({ service }) => service))],
});

/** Pages of the history, newest first, until they are older than the span. */
async function rememberedIn(
  history: History,
  env: string,
  { fromMs, toMs }: MarkerSpan,
): Promise<readonly ChangeMark[]> {
  const marks: ChangeMark[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < HISTORY_PAGES; page += 1) {
    const { rows, next } = await history.reader.changeSets(env, { limit: HISTORY_ROWS, cursor });
    const found = rows.map(({ revision, journal }) => markOfJournal(journal.id, revision, journal));
    marks.push(...found.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs));
    if (next === undefined || found.some(({ atMs }) => atMs < fromMs)) break;
    cursor = next;
  }
  return marks;
}

/** The last change of each lever, as etcd itself bears it. A walk over what stands in memory, parsed once. */
function standingMarks(state: EnvironmentState, { fromMs, toMs }: MarkerSpan): readonly ChangeMark[] {
  const marks = new Map<string, ChangeMark>();
  for (const entry of state.live.values()) {
    const place = parseKey(entry.key);
    if (place.at !== "live") continue;
    const read = readResource(place.kind, entry);
    if (!read.ok) continue;
    const { changeSetId, updatedAt, reason = "", author } = read.value.meta;
    const atMs = Date.parse(updatedAt);
    if (changeSetId === "" || !(atMs >= fromMs && atMs <= toMs)) continue;
    const services = [...new Set([...(marks.get(changeSetId)?.services ?? []), place.service])];
    const revision = entry.modRevision;
    marks.set(changeSetId, { kind: "change", changeSetId, revision, atMs, reason, author, services });
  }
  return [...marks.values()];
}

/** A change against what was before it, as far as no other change of the same services comes between. */
async function compare(
  by: {
    readonly reader: MetricsReader;
    readonly markers: MetricsPort["markers"];
    readonly isOwn: boolean;
  },
  env: string,
  mark: ChangeMark,
): Promise<Comparison> {
  const { atMs, services, changeSetId } = mark;
  const nowMs = Date.now();
  const around = await by.markers(env, { fromMs: atMs - COMPARED_MS, toMs: atMs + COMPARED_MS });
  const others = around
    .filter((one) =>
      one.kind === "change"
        ? one.changeSetId !== changeSetId && touches(one.services, services)
        : one.kind === "deploy" && touches([one.service], services),
    )
    .map((one) => one.atMs);
  const before = others.filter((at) => at < atMs);
  const after = others.filter((at) => at > atMs);
  const verdicts = await compareAt(by.reader, by.isOwn ? OWN_SLICING : PROMETHEUS_SLICING, {
    env,
    services,
    atMs,
    notBeforeMs: Math.max(0, ...before),
    notAfterMs: Math.min(nowMs, ...after),
  });
  return { changeSetId, atMs, verdicts, cutBefore: before.length > 0, cutAfter: after.length > 0 };
}

const touches = (one: readonly string[], other: readonly string[]): boolean =>
  one.includes("*") || other.includes("*") || one.some((service) => other.includes(service));

import type { Author } from "@leverframe/agent/protocol";
import type { FleetEvent } from "../../domain/metrics/fleet-events.ts";
import { momentOf } from "../../domain/metrics/rows.ts";
import type { TelemetryStore } from "../telemetry/store.ts";

/** A change set as a chart marks it. */
export interface ChangeMark {
  readonly kind: "change";
  readonly changeSetId: string;
  readonly revision: number;
  /** Wall time, ms since 1970. */
  readonly atMs: number;
  readonly reason: string;
  readonly author: Author | undefined;
  /** Services touched; `*` is every one. */
  readonly services: readonly string[];
}

/** What a chart draws across its lines. */
export type Marker = ChangeMark | FleetEvent;

export interface MarkerSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface MarkerSources {
  /** Of the history, newest first, at most `MOST_MARKERS`. Rejects while SQL is away. */
  readonly remembered: (env: string, span: MarkerSpan) => Promise<readonly ChangeMark[]>;
  /** Last changes of the levers that stand: in etcd's mirror at once, before the history has them. */
  readonly standing: (env: string, span: MarkerSpan) => readonly ChangeMark[];
  readonly fleet: FleetMemory;
}

export const MOST_MARKERS = 500;

/** Everything that happened in a span, by time: of one service (what touches `*` touches it) or of all. The newest 500. */
export async function markersIn(
  sources: MarkerSources,
  env: string,
  span: MarkerSpan & { readonly service?: string | undefined },
): Promise<readonly Marker[]> {
  const changes = new Map<string, ChangeMark>();
  for (const mark of sources.standing(env, span)) changes.set(mark.changeSetId, mark);
  const [remembered, events] = await Promise.all([
    // While SQL is away, what stands is still marked.
    sources.remembered(env, span).catch(() => []),
    sources.fleet.in(env, span),
  ]);
  for (const mark of remembered) changes.set(mark.changeSetId, mark);
  const { service } = span;
  return [
    ...[...changes.values()].filter(
      ({ services }) => service === undefined || services.includes(service) || services.includes("*"),
    ),
    ...events.filter((event) => service === undefined || event.service === service),
  ]
    .filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs)
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(-MOST_MARKERS);
}

/** The gauge as which an event of a fleet is kept. */
export const FLEET_EVENT_METRIC = "leverframe_fleet_event";
const KEPT = 2_000;
/** Two control planes, or one before and after its restart, see the same event moments apart. */
const SAME_WITHIN_MS = 30_000;

interface EventRow {
  readonly service: string;
  readonly atMs: number | string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Deploys, restarts and scalings: the last 2,000 here, and what control planes that led have stored. */
export class FleetMemory {
  readonly #store: TelemetryStore | undefined;
  readonly #onProblem: (error: unknown) => void;
  readonly #recent: { readonly env: string; readonly event: FleetEvent }[] = [];

  constructor(store: TelemetryStore | undefined, onProblem: (error: unknown) => void) {
    this.#store = store;
    this.#onProblem = onProblem;
  }

  /** `keep`: whether this process is the one that stores what all of them see. */
  learn(env: string, events: readonly FleetEvent[], keep: boolean): void {
    if (events.length === 0) return;
    this.#recent.push(...events.map((event) => ({ env, event })));
    this.#recent.splice(0, Math.max(0, this.#recent.length - KEPT));
    if (!keep || this.#store === undefined) return;
    const rows = events.map((event) => ({
      ResourceAttributes: { "service.name": event.service, "deployment.environment.name": env },
      ServiceName: event.service,
      MetricName: FLEET_EVENT_METRIC,
      TimeUnix: momentOf(event.atMs),
      Attributes: { kind: event.kind, from: event.from, to: event.to, instances: event.instances.join(" ") },
      Value: 1,
    }));
    this.#store.insert("otel_metrics_gauge", rows).catch(this.#onProblem);
  }

  /** What is known while the store is away is what was seen here. */
  async in(env: string, span: MarkerSpan): Promise<readonly FleetEvent[]> {
    const seen = this.#recent.filter((one) => one.env === env).map(({ event }) => event);
    const stored = await this.#stored(env, span).catch(() => []);
    return [
      ...stored,
      ...seen.filter(
        (event) =>
          !stored.some(
            (other) =>
              other.kind === event.kind &&
              other.service === event.service &&
              other.to === event.to &&
              Math.abs(other.atMs - event.atMs) < SAME_WITHIN_MS,
          ),
      ),
    ];
  }

  async #stored(env: string, { fromMs, toMs }: MarkerSpan): Promise<readonly FleetEvent[]> {
    if (this.#store === undefined) return [];
    const rows = await this.#store.query<EventRow>(
      `SELECT ServiceName AS service, toUnixTimestamp64Milli(TimeUnix) AS atMs, Attributes AS attributes
      FROM otel_metrics_gauge
      WHERE MetricName = {metric:String} AND Environment = {env:String}
        AND TimeUnix >= fromUnixTimestamp64Milli({from:Int64}) AND TimeUnix <= fromUnixTimestamp64Milli({to:Int64})
      ORDER BY TimeUnix DESC LIMIT ${MOST_MARKERS}`,
      { metric: FLEET_EVENT_METRIC, env, from: Math.floor(fromMs), to: Math.ceil(toMs) },
    );
    return rows.flatMap(({ service, atMs, attributes }) => {
      const { kind, from = "", to = "", instances = "" } = attributes;
      if (kind !== "deploy" && kind !== "restart" && kind !== "scaling") return [];
      return [
        { kind, service, atMs: Number(atMs), from, to, instances: instances.split(" ").filter(Boolean) },
      ];
    });
  }
}

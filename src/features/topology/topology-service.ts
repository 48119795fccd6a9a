import { isDomainError } from "../../domain/errors.ts";
import {
  durationFigures,
  type EdgeFigures,
  isFailing,
  withQuietEdges,
} from "../../domain/topology/figures.ts";
import { type Graph, graphOf } from "../../domain/topology/graph.ts";
import type { LeverInForce } from "../../domain/topology/levers-in-force.ts";
import {
  type NodeDeviation,
  type NodeFacts,
  nodeFacts,
  type ServiceTold,
} from "../../domain/topology/node-facts.ts";
import type { CallStep, EdgeReader, EdgeSpan, RouteFigures } from "./edge-reader.ts";
import type { PastFleet } from "./past-fleet.ts";
import { Recent } from "./recent.ts";

/** Whether a part of a look could be had, else why not, in words for people. */
export type Known = { readonly known: true } | { readonly known: false; readonly why: string };

export interface ShownEdge extends EdgeFigures {
  /** So many calls fail that it must be seen. */
  readonly failing: boolean;
}

/** An environment as it is, or was at a moment. */
export interface TopologyLook {
  /** Undefined: now. */
  readonly atMs?: number;
  /** Calls are those of this span; where it is now, it ends with the newest count that came in. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By id. */
  readonly nodes: readonly NodeFacts[];
  /** Also those that were quiet in the span and not in the hour before it. */
  readonly edges: readonly ShownEdge[];
  /** What levers of every service (`*`) do that is not as usual. */
  readonly shared: readonly NodeDeviation[];
  /** The newest revision among the levers in force. */
  readonly revision: number;
  readonly traffic: Known;
  readonly levers: Known;
  /** Instances of a moment that is over are known where they were scraped. */
  readonly instances: Known;
  /** Edges with fewer calls were left out. */
  readonly isCut: boolean;
}

export interface RouteRow extends Omit<RouteFigures, "durations" | "seconds"> {
  readonly mean?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** What topology stands on. */
export interface TopologySources {
  /** Undefined where telemetry is off. */
  readonly edges: EdgeReader | undefined;
  readonly past: PastFleet | undefined;
  /** Throws NOT_FOUND for an environment that nobody made. */
  fleet(env: string): readonly ServiceTold[];
  /** As etcd's mirror has them now. */
  levers(env: string): readonly LeverInForce[];
  /** As the history has them; of one service, or of all. Rejects with UNAVAILABLE while it is away. */
  leversAt(env: string, atMs: number, service?: string): Promise<readonly LeverInForce[]>;
  /** Wall time, ms. */
  now(): number;
}

const HOUR_MS = 3_600_000;
/** A count this old is the newest one only where nobody calls. */
const FRESH_MS = 15_000;
/** What is over may still be completed by counts on their way. */
const SETTLED_MS = 60_000;
const OFF = "Who calls whom is not known: LEVERFRAME_TELEMETRY is off.";

/** The service graph with what levers and instances do, now and at moments that are over. */
export class TopologyService {
  readonly #sources: TopologySources;
  readonly #graphs = new Recent<Graph>(200);

  constructor(sources: TopologySources) {
    this.#sources = sources;
  }

  /** Never rejects for want of traffic or history: what is missing says why. */
  async look(
    env: string,
    { atMs, windowMs }: { readonly atMs?: number | undefined; readonly windowMs: number },
  ): Promise<TopologyLook> {
    const nowFleet = this.#sources.fleet(env);
    const [traffic, levers, instances] = await Promise.all([
      this.#traffic(env, atMs, windowMs),
      partly(async () =>
        atMs === undefined ? this.#sources.levers(env) : await this.#sources.leversAt(env, atMs),
      ),
      partly(async () => (atMs === undefined ? nowFleet : await this.#fleetAt(env, atMs))),
    ]);
    const { graph, edges } = traffic;
    const inForce = levers.value ?? [];
    return {
      ...(atMs === undefined ? {} : { atMs }),
      fromMs: graph.fromMs,
      toMs: graph.toMs,
      nodes: nodeFacts(graph.nodes, instances.value, inForce),
      edges,
      shared: inForce.flatMap(({ service, kind, name, deviations }) =>
        service === "*" ? deviations.map((deviation) => ({ service, kind, name, deviation })) : [],
      ),
      revision: inForce.reduce((most, { revision }) => Math.max(most, revision), 0),
      traffic: traffic.known,
      levers: levers.known,
      instances: instances.known,
      isCut: graph.isCut,
    };
  }

  /** Every lever in force at a service, its own and those of every service, by kind and name. */
  async levers(env: string, service: string, atMs: number | undefined): Promise<readonly LeverInForce[]> {
    this.#sources.fleet(env);
    const found =
      atMs === undefined
        ? this.#sources.levers(env)
        : (
            await Promise.all([
              this.#sources.leversAt(env, atMs, service),
              ...(service === "*" ? [] : [this.#sources.leversAt(env, atMs, "*")]),
            ])
          ).flat();
    return found
      .filter((lever) => lever.service === service || lever.service === "*")
      .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  }

  /** Routes of an edge, the most called first. Rejects with UNAVAILABLE where traffic is not known. */
  async routes(
    env: string,
    edge: { readonly caller: string; readonly callee: string },
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly RouteRow[]> {
    this.#sources.fleet(env);
    const rows = (await this.#sources.edges?.routes({ env, ...span, ...edge })) ?? [];
    return rows.map(({ seconds, durations, ...rest }) => ({
      ...rest,
      ...durationFigures(rest.calls, seconds, durations),
    }));
  }

  /** All calls of an environment over time; empty where telemetry is off. */
  async timeline(span: EdgeSpan & { readonly stepMs: number }): Promise<readonly CallStep[]> {
    this.#sources.fleet(span.env);
    return (await this.#sources.edges?.totals(span)) ?? [];
  }

  async #traffic(env: string, atMs: number | undefined, windowMs: number) {
    const nowMs = this.#sources.now();
    const edges = this.#sources.edges;
    const empty = (toMs: number): Graph => graphOf([], { fromMs: toMs - windowMs, toMs });
    if (edges === undefined) {
      return { graph: empty(atMs ?? nowMs), edges: [], known: { known: false, why: OFF } as const };
    }
    try {
      const toMs = atMs ?? (await this.#newest(edges, env, nowMs));
      const [graph, before] = await Promise.all([
        this.#graph(edges, { env, fromMs: toMs - windowMs, toMs }, nowMs),
        // By whole minutes, so that it is asked once a minute.
        this.#graph(edges, hourBefore(env, toMs), nowMs),
      ]);
      const shown = withQuietEdges(graph, before).map((edge) => ({ ...edge, failing: isFailing(edge) }));
      const nodes = new Map([...before.nodes, ...graph.nodes].map((node) => [node.id, node]));
      return {
        graph: { ...graph, nodes: [...nodes.values()] },
        edges: shown,
        known: { known: true } as const,
      };
    } catch (error) {
      return { graph: empty(atMs ?? nowMs), edges: [], known: unknown(error) };
    }
  }

  async #newest(edges: EdgeReader, env: string, nowMs: number): Promise<number> {
    const newest = await edges.newestMs(env, nowMs);
    return newest === undefined || newest < nowMs - FRESH_MS ? nowMs : newest + 1;
  }

  /** The same question within a moment is asked once; what is settled is kept for a minute. */
  #graph(edges: EdgeReader, span: EdgeSpan, nowMs: number): Promise<Graph> {
    const keepMs = span.toMs < nowMs - SETTLED_MS ? SETTLED_MS : 1_000;
    return this.#graphs.get(`${span.env} ${span.fromMs} ${span.toMs}`, nowMs, keepMs, () =>
      edges.edges(span),
    );
  }

  async #fleetAt(env: string, atMs: number): Promise<readonly ServiceTold[] | undefined> {
    const { past } = this.#sources;
    if (past === undefined) throw new Error(OFF);
    const found = await past.at(env, atMs);
    return found.length === 0 ? undefined : found;
  }
}

const sortKey = ({ service, kind, name }: LeverInForce): string =>
  `${service === "*" ? 1 : 0} ${kind} ${name}`;

const hourBefore = (env: string, toMs: number): EdgeSpan => {
  const end = Math.floor(toMs / 60_000) * 60_000;
  return { env, fromMs: end - HOUR_MS, toMs: end };
};

const unknown = (error: unknown): Known => ({
  known: false,
  why: isDomainError(error) ? error.publicMessage : error instanceof Error ? error.message : String(error),
});

async function partly<Value>(
  ask: () => Promise<Value>,
): Promise<{ readonly value: Value | undefined; readonly known: Known }> {
  try {
    const value = await ask();
    if (value === undefined)
      return { value, known: { known: false, why: "Nobody was scraped at that moment." } };
    return { value, known: { known: true } };
  } catch (error) {
    return { value: undefined, known: unknown(error) };
  }
}

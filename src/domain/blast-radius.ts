import { EVERY_SERVICE } from "@leverframe/agent/protocol";
import { type Graph, type GraphEdge, type NodeKind, neighboursOf, reachOf } from "./topology/graph.ts";

/** Who calls what a change touches. */
export interface BlastCaller {
  readonly service: string;
  readonly perMinute: number;
  /** Of 1. */
  readonly errorShare: number;
}

export interface BlastNode {
  readonly id: string;
  readonly kind: NodeKind;
  /** `touched` by the change; `dependent`: waits for one of them, so many calls away; `callee`: called by one of them. */
  readonly role: "touched" | "dependent" | "callee";
  readonly hops: number;
}

export interface BlastEdge {
  readonly from: string;
  readonly to: string;
  readonly perMinute: number;
}

/** What stands around the services of a change, by what was called. */
export interface BlastRadius {
  /** Calls to touched services, of others and of each other, that were made; a minute, on average. */
  readonly perMinute: number;
  /** The same, in the span. */
  readonly calls: number;
  /** Direct ones, the most calls first; at most `MOST_CALLERS`. */
  readonly callers: readonly BlastCaller[];
  readonly callerCount: number;
  /** Services that wait for a touched one, through whatever lies between; direct callers too. */
  readonly dependents: number;
  /** The longest way to one, in calls. */
  readonly hops: number;
  /** What fits on a small map, nearest and busiest first. */
  readonly nodes: readonly BlastNode[];
  readonly edges: readonly BlastEdge[];
  /** Nodes that don't fit. */
  readonly left: number;
}

export const MOST_CALLERS = 50;
/** Of the small map. */
export const MOST_NODES = 18;
const MOST_HOPS = 20;
const MINUTE_MS = 60_000;

/** What a change of these services reaches; `*` touches each service that is called or calls. Pure. */
export function blastRadius(graph: Graph, services: readonly string[]): BlastRadius {
  const kinds = new Map(graph.nodes.map(({ id, kind }) => [id, kind]));
  const every = services.includes(EVERY_SERVICE);
  const touched = new Set(
    every ? graph.nodes.filter(({ kind }) => kind === "service").map(({ id }) => id) : services,
  );
  const perMinute = (calls: number): number => (calls * MINUTE_MS) / Math.max(1, graph.toMs - graph.fromMs);
  const inward = graph.edges.filter(({ to }) => touched.has(to));
  const calls = inward.reduce((sum, edge) => sum + edge.calls, 0);
  const callers = every ? [] : callersOf(inward, touched, perMinute);
  const dependents = every ? new Map<string, number>() : dependentsOf(graph, touched);
  const nodes = mapOf(graph, touched, dependents, kinds);
  const shown = nodes.slice(0, MOST_NODES);
  const ids = new Set(shown.map(({ id }) => id));
  return {
    perMinute: perMinute(calls),
    calls,
    callers: callers.slice(0, MOST_CALLERS),
    callerCount: callers.length,
    dependents: dependents.size,
    hops: Math.max(0, ...dependents.values()),
    nodes: shown,
    edges: graph.edges
      .filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to)
      .map(({ from, to, calls }) => ({ from, to, perMinute: perMinute(calls) })),
    left: nodes.length - shown.length,
  };
}

function callersOf(
  inward: readonly GraphEdge[],
  touched: ReadonlySet<string>,
  perMinute: (calls: number) => number,
): readonly BlastCaller[] {
  const by = new Map<string, { calls: number; errors: number }>();
  for (const { from, calls, errors } of inward) {
    if (touched.has(from)) continue;
    const sum = by.get(from) ?? { calls: 0, errors: 0 };
    by.set(from, { calls: sum.calls + calls, errors: sum.errors + errors });
  }
  return [...by]
    .map(([service, { calls, errors }]) => ({
      service,
      perMinute: perMinute(calls),
      errorShare: calls === 0 ? 0 : errors / calls,
    }))
    .toSorted((a, b) => b.perMinute - a.perMinute || (a.service < b.service ? -1 : 1));
}

/** Each with its least distance. */
function dependentsOf(graph: Graph, touched: ReadonlySet<string>): Map<string, number> {
  const { callers } = neighboursOf(graph.edges);
  const found = new Map<string, number>();
  for (const service of touched)
    for (const [id, hops] of reachOf(callers, service, MOST_HOPS))
      if (!touched.has(id)) found.set(id, Math.min(hops, found.get(id) ?? hops));
  return found;
}

/** Touched first, then the nearest dependents, then what touched ones call; in each the busiest first. */
function mapOf(
  graph: Graph,
  touched: ReadonlySet<string>,
  dependents: ReadonlyMap<string, number>,
  kinds: ReadonlyMap<string, NodeKind>,
): readonly BlastNode[] {
  const traffic = new Map<string, number>();
  const callees = new Set<string>();
  for (const { from, to, calls } of graph.edges) {
    for (const id of [from, to]) traffic.set(id, (traffic.get(id) ?? 0) + calls);
    if (touched.has(from) && !touched.has(to) && !dependents.has(to)) callees.add(to);
  }
  const node = (id: string, role: BlastNode["role"], hops: number): BlastNode => ({
    id,
    kind: kinds.get(id) ?? "service",
    role,
    hops,
  });
  const busiest = (a: BlastNode, b: BlastNode): number =>
    a.hops - b.hops || (traffic.get(b.id) ?? 0) - (traffic.get(a.id) ?? 0) || (a.id < b.id ? -1 : 1);
  return [
    ...[...touched].map((id) => node(id, "touched", 0)).toSorted(busiest),
    ...[...dependents].map(([id, hops]) => node(id, "dependent", hops)).toSorted(busiest),
    ...[...callees].map((id) => node(id, "callee", 1)).toSorted(busiest),
  ];
}

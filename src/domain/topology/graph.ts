/** What a node is. Only services have agents; the others are known by who calls them. */
export const NODE_KINDS = ["service", "database", "cache", "queue", "external"] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** A service, or what services call. Its id is its name: two of one name are one node. */
export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
}

/** Calls that took at most `upper` seconds (null: longer than every bound), without those of the buckets before. */
export type DurationBucket = readonly [upper: number | null, count: number];

/** What one service called at another in the span of the graph, sampled or not. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** Calls that were made and ended. */
  readonly calls: number;
  /** Of those: what failed, ran out of time or was given up. */
  readonly errors: number;
  /** Of those: what took longer than a second. */
  readonly slow: number;
  /** Calls that were never made: a breaker or a limit said no. Not among `calls`. */
  readonly refused: number;
  /** How long the calls took together, s. */
  readonly seconds: number;
  /** By rising bound, the infinite one last. */
  readonly durations: readonly DurationBucket[];
}

/** Who called whom from `fromMs` up to, not including, `toMs`; ms since 1970. */
export interface Graph {
  readonly fromMs: number;
  readonly toMs: number;
  /** By id. */
  readonly nodes: readonly GraphNode[];
  /** By caller and callee; one for each two. */
  readonly edges: readonly GraphEdge[];
  /** Edges with fewer calls that were left out, since there are more than `MOST_EDGES`. */
  readonly isCut: boolean;
}

/** Most edges that a graph holds; those with the most calls stay. */
export const MOST_EDGES = 5_000;

/** What an edge is read from: a row for each caller and callee, with every kind that the callee was called. */
export interface EdgeRow extends GraphEdge {
  readonly kinds: readonly string[];
}

const isKind = (kind: string): kind is NodeKind => (NODE_KINDS as readonly string[]).includes(kind);

/**
 * The graph of rows. Who calls is a service; a callee that is called by several kinds is what it surely is: a service
 * before a database before a cache before a queue before something external. Pure.
 */
export function graphOf(
  rows: readonly EdgeRow[],
  span: { readonly fromMs: number; readonly toMs: number },
): Graph {
  const kinds = new Map<string, NodeKind>();
  const learn = (id: string, kind: NodeKind): void => {
    const known = kinds.get(id);
    if (known === undefined || NODE_KINDS.indexOf(kind) < NODE_KINDS.indexOf(known)) kinds.set(id, kind);
  };
  const kept = rows
    .toSorted((a, b) => b.calls + b.refused - (a.calls + a.refused) || compareEdges(a, b))
    .slice(0, MOST_EDGES)
    .toSorted(compareEdges);
  for (const { from, to, kinds: called } of kept) {
    learn(from, "service");
    learn(to, "external");
    for (const kind of called) if (isKind(kind)) learn(to, kind);
  }
  return {
    fromMs: span.fromMs,
    toMs: span.toMs,
    nodes: [...kinds].map(([id, kind]) => ({ id, kind })).toSorted((a, b) => compareText(a.id, b.id)),
    edges: kept.map(({ kinds: _, ...edge }) => edge),
    isCut: rows.length > kept.length,
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareEdges = (a: GraphEdge, b: GraphEdge): number =>
  compareText(a.from, b.from) || compareText(a.to, b.to);

/** Names an edge: the same for the same two. Names of services hold no line break. */
export const edgeKey = ({ from, to }: Pick<GraphEdge, "from" | "to">): string => `${from}\n${to}`;

/** Both directions of a graph at once. Pure; one pass over the edges. */
export interface Neighbours {
  /** Whom each node calls. */
  readonly callees: ReadonlyMap<string, readonly string[]>;
  /** Who calls each node. */
  readonly callers: ReadonlyMap<string, readonly string[]>;
}

export function neighboursOf(edges: readonly Pick<GraphEdge, "from" | "to">[]): Neighbours {
  const callees = new Map<string, string[]>();
  const callers = new Map<string, string[]>();
  for (const { from, to } of edges) {
    add(callees, from, to);
    add(callers, to, from);
  }
  return { callees, callers };
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/**
 * Nodes within `hops` of a node, itself with 0, each with its least distance: against the arrows (`callers`), along them
 * (`callees`). Cycles end it, since each node is met once.
 */
export function reachOf(
  next: ReadonlyMap<string, readonly string[]>,
  from: string,
  hops: number,
): ReadonlyMap<string, number> {
  const met = new Map<string, number>([[from, 0]]);
  let edge: readonly string[] = [from];
  for (let hop = 1; hop <= hops && edge.length > 0; hop += 1) {
    const found: string[] = [];
    for (const id of edge) {
      for (const other of next.get(id) ?? []) {
        if (met.has(other)) continue;
        met.set(other, hop);
        found.push(other);
      }
    }
    edge = found;
  }
  return met;
}

/** Requests a second over the span of the graph. */
export const perSecond = (count: number, { fromMs, toMs }: Pick<Graph, "fromMs" | "toMs">): number =>
  toMs > fromMs ? (count * 1_000) / (toMs - fromMs) : 0;

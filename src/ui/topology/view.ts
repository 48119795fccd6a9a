import type { NodeFacts, ShownEdge, TopologyLook } from "../api/contract.ts";

/** How a node does: `failed` wants somebody now, `attention` a look, `unknown` can't be told. */
export type Health = "failed" | "attention" | "normal" | "unknown";

/** What differs from the moment that is compared with. */
export type Change = "new" | "gone";

export interface ViewNode {
  readonly id: string;
  readonly facts: NodeFacts;
  readonly health: Health;
  /** What came in, over the span. */
  readonly calls: number;
  readonly errors: number;
  /** Calls a second. */
  readonly rate: number;
  /** What it calls, a second. */
  readonly outRate: number;
  /** The highest of those who call it, s. */
  readonly p95: number | undefined;
  readonly change: Change | undefined;
}

export interface ViewEdge {
  readonly key: string;
  readonly edge: ShownEdge;
  /** Calls a second. */
  readonly rate: number;
  readonly isQuiet: boolean;
  readonly change: Change | undefined;
  /** The rate to that of the moment compared with; undefined where either is 0 or nothing is compared. */
  readonly ratio: number | undefined;
  readonly before: ShownEdge | undefined;
  readonly beforeRate: number;
}

export interface View {
  /** Worst first, then the busiest. */
  readonly nodes: readonly ViewNode[];
  readonly edges: readonly ViewEdge[];
  readonly byId: ReadonlyMap<string, ViewNode>;
}

/** Which part of the graph is looked at. */
export interface Cut {
  /** Only what is within so many hops of this node. */
  readonly focus: string | undefined;
  readonly up: number;
  readonly down: number;
  readonly hidden: ReadonlySet<string>;
}

const RANK: Readonly<Record<Health, number>> = { failed: 0, attention: 1, unknown: 2, normal: 3 };
const FAILING = { share: 0.05, calls: 5 };

export const edgeKey = (from: string, to: string): string => `${from}\n${to}`;

/** What a look shows, against an earlier one if there is one. Pure; linear in nodes and edges but for the sorting. */
export function viewOf(look: TopologyLook, before: TopologyLook | undefined, cut: Cut): View {
  const edges = edgesOf(look, before);
  const facts = new Map(look.nodes.map((node) => [node.id, node]));
  for (const node of before?.nodes ?? []) if (!facts.has(node.id)) facts.set(node.id, node);
  const shown = shownOf([...facts.keys()], edges, cut);
  const visible = edges.filter(({ edge: { from, to } }) => shown.has(from) && shown.has(to));
  const seconds = secondsOf(look);
  const incoming = new Map<string, { calls: number; errors: number; p95: number | undefined }>();
  for (const { edge } of edges) {
    const sum = incoming.get(edge.to) ?? { calls: 0, errors: 0, p95: undefined };
    incoming.set(edge.to, {
      calls: sum.calls + edge.calls,
      errors: sum.errors + edge.errors,
      p95: edge.p95 === undefined ? sum.p95 : Math.max(sum.p95 ?? 0, edge.p95),
    });
  }
  const outgoing = new Map<string, number>();
  for (const { edge, rate } of edges) outgoing.set(edge.from, (outgoing.get(edge.from) ?? 0) + rate);
  const was = before && new Set(before.nodes.map(({ id }) => id));
  const is = new Set(look.nodes.map(({ id }) => id));
  const nodes = [...facts.values()]
    .filter(({ id }) => shown.has(id))
    .map((node): ViewNode => {
      const { calls = 0, errors = 0, p95 } = incoming.get(node.id) ?? {};
      return {
        id: node.id,
        facts: node,
        health: healthOf(node, calls, errors),
        calls,
        errors,
        rate: calls / seconds,
        outRate: outgoing.get(node.id) ?? 0,
        p95,
        change:
          was === undefined ? undefined : is.has(node.id) ? (was.has(node.id) ? undefined : "new") : "gone",
      };
    })
    .toSorted((a, b) => RANK[a.health] - RANK[b.health] || b.calls - a.calls || (a.id < b.id ? -1 : 1));
  return { nodes, edges: visible, byId: new Map(nodes.map((node) => [node.id, node])) };
}

const secondsOf = ({ fromMs, toMs }: TopologyLook): number => Math.max(1, toMs - fromMs) / 1_000;

function edgesOf(look: TopologyLook, before: TopologyLook | undefined): readonly ViewEdge[] {
  const seconds = secondsOf(look);
  const earlier = new Map((before?.edges ?? []).map((edge) => [edgeKey(edge.from, edge.to), edge]));
  const now = look.edges.map((edge): ViewEdge => {
    const key = edgeKey(edge.from, edge.to);
    const was = earlier.get(key);
    earlier.delete(key);
    const rate = edge.calls / seconds;
    const beforeRate = before === undefined || was === undefined ? 0 : was.calls / secondsOf(before);
    return {
      key,
      edge,
      rate,
      isQuiet: edge.calls === 0 && edge.refused === 0,
      change: before === undefined ? undefined : changeOf(rate, beforeRate),
      ratio: rate > 0 && beforeRate > 0 ? rate / beforeRate : undefined,
      before: was,
      beforeRate,
    };
  });
  const gone = [...earlier.values()].map((was): ViewEdge => {
    const { from, to } = was;
    const edge = { from, to, calls: 0, errors: 0, refused: 0, slow: 0, failing: false };
    const beforeRate = before === undefined ? 0 : was.calls / secondsOf(before);
    const change = changeOf(0, beforeRate);
    const key = edgeKey(from, to);
    return { key, edge, rate: 0, isQuiet: true, change, ratio: undefined, before: was, beforeRate };
  });
  return [...now, ...gone];
}

const changeOf = (rate: number, before: number): Change | undefined =>
  rate > 0 === before > 0 ? undefined : rate > 0 ? "new" : "gone";

/** Nodes that are neither hidden nor out of focus. */
function shownOf(ids: readonly string[], edges: readonly ViewEdge[], cut: Cut): ReadonlySet<string> {
  const { focus, up, down, hidden } = cut;
  if (focus === undefined || !ids.includes(focus)) return new Set(ids.filter((id) => !hidden.has(id)));
  const known = edges.filter(({ edge: { from, to } }) => !hidden.has(from) && !hidden.has(to));
  const callees = new Map<string, string[]>();
  const callers = new Map<string, string[]>();
  for (const { edge } of known) {
    callees.set(edge.from, [...(callees.get(edge.from) ?? []), edge.to]);
    callers.set(edge.to, [...(callers.get(edge.to) ?? []), edge.from]);
  }
  return new Set([...within(callers, focus, up), ...within(callees, focus, down)]);
}

/** What is at most so many steps away, itself included. Each is met once, so that cycles end. */
function within(
  next: ReadonlyMap<string, readonly string[]>,
  from: string,
  hops: number,
): ReadonlySet<string> {
  const met = new Set([from]);
  let last: readonly string[] = [from];
  for (let hop = 0; hop < hops && last.length > 0; hop += 1) {
    last = [...new Set(last.flatMap((id) => next.get(id) ?? []))].filter((id) => !met.has(id));
    for (const id of last) met.add(id);
  }
  return met;
}

function healthOf(facts: NodeFacts, calls: number, errors: number): Health {
  const { instances, breakers, deviations, degradedByRule, held } = facts;
  const missing = instances === undefined ? 0 : instances.suspect + instances.unproved;
  if (instances !== undefined && instances.live === 0 && missing > 0) return "failed";
  if (calls >= FAILING.calls && errors / calls >= FAILING.share) return "failed";
  if (missing + breakers.length + deviations.length + degradedByRule + held > 0) return "attention";
  return facts.kind === "service" && (instances === undefined || instances.live === 0) ? "unknown" : "normal";
}

/** By what nodes stand together. */
export const GROUPINGS = ["none", "zone", "level", "team"] as const;
export type Grouping = (typeof GROUPINGS)[number];
const LEVELS = ["core", "secondary", "non-core"];

/** Which group a node is in; empty where it has none. Pure. */
export function groupOf({ facts }: ViewNode, by: Grouping): string {
  switch (by) {
    case "none":
      return "";
    case "zone":
      return facts.zones.toSorted().join(" + ");
    case "level":
      return facts.level ?? "";
    case "team":
      return facts.team ?? "";
  }
}

/** Groups in the order in which they stand: levels from core down, the rest by name, those without one last. Pure. */
export function orderGroups(names: Iterable<string>): readonly string[] {
  const rank = (name: string): number => (LEVELS.includes(name) ? LEVELS.indexOf(name) : LEVELS.length);
  return [...new Set(names)].toSorted(
    (a, b) => Number(a === "") - Number(b === "") || rank(a) - rank(b) || (a < b ? -1 : 1),
  );
}

/** Whether a node is what was searched for. Pure. */
export const isFound = (id: string, query: string): boolean =>
  query === "" || id.toLowerCase().includes(query.toLowerCase());

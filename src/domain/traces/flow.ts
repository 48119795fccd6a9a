import type { Segment } from "./critical-path.ts";
import { selfTimesOf } from "./self-time.ts";
import type { Trace } from "./tree.ts";

/** A service in a trace, or what it called that tells nothing itself: a database, a queue, a stranger. */
export interface FlowNode {
  readonly id: string;
  /** It made spans of its own. */
  readonly told: boolean;
  readonly spans: number;
  readonly errors: number;
  readonly selfNs: number;
  /** On the critical path. */
  readonly criticalNs: number;
  /** How far from where the trace began; the furthest of all ways that lead there. */
  readonly layer: number;
  /** Its place in its layer, from 0. */
  readonly place: number;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  readonly errors: number;
  readonly totalNs: number;
  /** Places that are kept free for it in the layers between its ends, in order: it never runs behind a node. */
  readonly via: readonly number[];
}

export interface Flow {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

/** Which service called which in one trace. Pure. */
export function flowOf(trace: Trace, path: readonly Segment[]): Flow {
  const { rows } = trace;
  const selves = selfTimesOf(trace);
  const nodes = new Map<string, Writable<FlowNode>>();
  const edges = new Map<string, Writable<FlowEdge>>();
  const nodeOf = (id: string, told: boolean): Writable<FlowNode> => {
    const node = nodes.get(id) ?? {
      id,
      told,
      spans: 0,
      errors: 0,
      selfNs: 0,
      criticalNs: 0,
      layer: 0,
      place: 0,
    };
    nodes.set(id, node);
    node.told ||= told;
    return node;
  };
  const call = (from: string, to: string, failed: boolean, tookNs: number): void => {
    const key = `${from}\n${to}`;
    const edge = edges.get(key) ?? { from, to, calls: 0, errors: 0, totalNs: 0, via: [] };
    edges.set(key, edge);
    edge.calls += 1;
    edge.errors += failed ? 1 : 0;
    edge.totalNs += tookNs;
  };
  for (const [at, { span, parent, fromNs, toNs, children }] of rows.entries()) {
    const node = nodeOf(span.service, true);
    node.spans += 1;
    node.errors += span.status === "Error" ? 1 : 0;
    node.selfNs += selves[at] ?? 0;
    const above = rows[parent]?.span;
    if (above !== undefined && above.service !== span.service) {
      call(above.service, span.service, span.status === "Error", toNs - fromNs);
    }
    if (span.peer !== "" && children === 0 && span.peer !== span.service) {
      const peer = nodeOf(span.peer, false);
      peer.spans += 1;
      peer.errors += span.status === "Error" ? 1 : 0;
      call(span.service, span.peer, span.status === "Error", toNs - fromNs);
    }
  }
  for (const { row, fromNs, toNs } of path) {
    const node = nodes.get(rows[row]?.span.service ?? "");
    if (node !== undefined) node.criticalNs += toNs - fromNs;
  }
  place([...nodes.values()], [...edges.values()]);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

type Writable<Of> = { -readonly [Key in keyof Of]: Of[Key] };

/** Layers by the furthest way, as often as there are nodes at most: a ring of services ends there. */
function place(nodes: readonly Writable<FlowNode>[], edges: readonly Writable<FlowEdge>[]): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const forward = withoutRings(nodes, edges);
  for (let round = 0, moved = true; moved && round < nodes.length; round += 1) {
    moved = false;
    for (const { from, to } of forward) {
      const [caller, callee] = [byId.get(from), byId.get(to)];
      if (caller === undefined || callee === undefined || callee.layer > caller.layer) continue;
      callee.layer = caller.layer + 1;
      moved = true;
    }
  }
  const filled = new Map<number, number>();
  const next = (layer: number): number => {
    const free = filled.get(layer) ?? 0;
    filled.set(layer, free + 1);
    return free;
  };
  for (const node of nodes) node.place = next(node.layer);
  for (const edge of edges) {
    const [from, to] = [byId.get(edge.from)?.layer ?? 0, byId.get(edge.to)?.layer ?? 0];
    edge.via = Array.from({ length: Math.max(0, to - from - 1) }, (_, between) => next(from + 1 + between));
  }
}

/** Edges but those that lead back to a caller of their caller, in the order in which nodes were found. */
function withoutRings(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): readonly FlowEdge[] {
  const next = new Map<string, FlowEdge[]>();
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  const forward: FlowEdge[] = [];
  const state = new Map<string, "open" | "done">();
  for (const { id } of nodes) {
    if (state.has(id)) continue;
    state.set(id, "open");
    const stack = [{ id, left: [...(next.get(id) ?? [])] }];
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      const edge = at.left.shift();
      if (edge === undefined) {
        state.set(at.id, "done");
        stack.pop();
        continue;
      }
      if (state.get(edge.to) === "open") continue;
      forward.push(edge);
      if (state.has(edge.to)) continue;
      state.set(edge.to, "open");
      stack.push({ id: edge.to, left: [...(next.get(edge.to) ?? [])] });
    }
  }
  return forward;
}

import { selfTimesOf } from "./self-time.ts";
import type { Trace } from "./tree.ts";

/** All spans that were come to by the same calls: the same services and operations from the root down. */
export interface CallPath {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  /** Index in the list of what called it; -1: a root. */
  readonly parent: number;
  /** The first index after all that it called. */
  readonly end: number;
  readonly spans: number;
  readonly errors: number;
  /** What these spans worked themselves, ns. */
  readonly selfNs: number;
  /** With all below it: the sum of what each worked itself, so that a caller is never narrower than its callees. */
  readonly sumNs: number;
  /** Of the spans themselves, together. */
  readonly totalNs: number;
  /** The row of the first of them. */
  readonly row: number;
}

interface Node {
  readonly service: string;
  readonly name: string;
  readonly below: Map<string, Node>;
  spans: number;
  errors: number;
  selfNs: number;
  sumNs: number;
  totalNs: number;
  readonly row: number;
}

/** Call paths deeper than this are counted to the one at this depth. */
export const DEEPEST = 1_000;

const nodeOf = (service: string, name: string, row: number): Node => ({
  service,
  name,
  row,
  below: new Map(),
  spans: 0,
  errors: 0,
  selfNs: 0,
  sumNs: 0,
  totalNs: 0,
});

/** The calls of a trace, merged: what a flame graph draws. Callers come before callees, the widest first. Pure. */
export function callPathsOf(trace: Trace): readonly CallPath[] {
  const selves = selfTimesOf(trace);
  const top = nodeOf("", "", -1);
  const nodes: Node[] = [];
  for (const [at, { span, parent, fromNs, toNs, depth }] of trace.rows.entries()) {
    const above = parent === -1 ? top : nodes[parent];
    const key = `${span.service}\n${span.name}`;
    const node =
      above === undefined || depth > DEEPEST
        ? (above ?? top)
        : (above.below.get(key) ?? nodeOf(span.service, span.name, at));
    if (above !== undefined && depth <= DEEPEST) above.below.set(key, node);
    nodes.push(node);
    node.spans += 1;
    if (span.status === "Error") node.errors += 1;
    node.selfNs += selves[at] ?? 0;
    node.totalNs += toNs - fromNs;
  }
  return listOf(top);
}

function listOf(top: Node): readonly CallPath[] {
  // Callers are found before callees: from the last to the first, sums are whole.
  const order: Node[] = [top];
  for (const node of order) order.push(...node.below.values());
  for (const node of order.toReversed()) {
    node.sumNs = node.selfNs;
    for (const below of node.below.values()) node.sumNs += below.sumNs;
  }
  const list: { -readonly [Key in keyof CallPath]: CallPath[Key] }[] = [];
  const widestLast = (node: Node): Node[] => [...node.below.values()].sort((a, b) => a.sumNs - b.sumNs);
  const stack = widestLast(top).map((node) => ({ node, parent: -1, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, parent, depth } = next;
    const at = list.length;
    const { service, name, spans, errors, selfNs, sumNs, totalNs, row } = node;
    list.push({ service, name, depth, parent, end: at + 1, spans, errors, selfNs, sumNs, totalNs, row });
    for (const below of widestLast(node)) stack.push({ node: below, parent: at, depth: depth + 1 });
  }
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const one = list[at];
    const above = one && list[one.parent];
    if (one !== undefined && above !== undefined) above.end = Math.max(above.end, one.end);
  }
  return list;
}

import type { Graph } from "../topology/graph.ts";

export interface CallPaths {
  /** Longest ways that begin where nobody else calls, deepest first. Cycles are gone through once. */
  readonly chains: readonly { readonly path: readonly string[]; readonly calls: number }[];
  /** One way round each group of nodes that wait for each other; first and last are the same. */
  readonly cycles: readonly (readonly string[])[];
}

const MOST = 20;

/**
 * Call chains with more than `deepest` calls in a row, and cycles. By who calls whom: that one request goes all of the
 * way is not said. Linear in nodes and edges (Tarjan, SIAM J. Comput. 1972), without recursion. Pure.
 */
export function callPaths({ nodes, edges }: Graph, deepest: number): CallPaths {
  const callees = new Map<string, { readonly to: string; readonly calls: number }[]>(
    nodes.map(({ id }) => [id, []]),
  );
  for (const { from, to, calls } of edges) callees.get(from)?.push({ to, calls });
  const groups = stronglyConnected(
    nodes.map(({ id }) => id),
    (id) => (callees.get(id) ?? []).map(({ to }) => to),
  );
  const groupOf = new Map(groups.flatMap((group, at) => group.map((id) => [id, at] as const)));
  const loops = (id: string): boolean => (callees.get(id) ?? []).some(({ to }) => to === id);
  const cycles = groups
    .filter(([first = "", ...others]) => others.length > 0 || loops(first))
    .map((group) => wayRound(group, (id) => (callees.get(id) ?? []).map(({ to }) => to)))
    .toSorted((a, b) => a.length - b.length)
    .slice(0, MOST);
  // Groups come callees first, so that each one's longest way on is known when its callers ask.
  const ways = new Map<string, { readonly length: number; readonly next?: string; readonly calls: number }>();
  for (const group of groups) {
    for (const id of group) {
      let best: { length: number; next?: string; calls: number } = {
        length: 0,
        calls: Number.POSITIVE_INFINITY,
      };
      for (const { to, calls } of callees.get(id) ?? []) {
        if (groupOf.get(to) === groupOf.get(id)) continue;
        const way = ways.get(to);
        const length = (way?.length ?? 0) + 1;
        const least = Math.min(calls, way?.calls ?? calls);
        if (length > best.length || (length === best.length && least > best.calls))
          best = { length, next: to, calls: least };
      }
      ways.set(id, best);
    }
  }
  const called = new Set(
    edges.filter(({ from, to }) => groupOf.get(from) !== groupOf.get(to)).map(({ to }) => to),
  );
  const chains = nodes
    .filter(({ id }) => !called.has(id) && (ways.get(id)?.length ?? 0) > deepest)
    .map(({ id }) => ({ path: pathFrom(id, ways), calls: ways.get(id)?.calls ?? 0 }))
    .toSorted((a, b) => b.path.length - a.path.length || b.calls - a.calls)
    .slice(0, MOST);
  return { chains, cycles };
}

function pathFrom(id: string, ways: ReadonlyMap<string, { readonly next?: string }>): readonly string[] {
  const path = [id];
  for (let at = ways.get(id)?.next; at !== undefined; at = ways.get(at)?.next) path.push(at);
  return path;
}

/** The shortest way from a group's first node back to itself, in its order. */
function wayRound(group: readonly string[], next: (id: string) => readonly string[]): readonly string[] {
  const inside = new Set(group);
  const start = group.toSorted()[0] ?? "";
  const before = new Map<string, string>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const to of next(at)) {
      if (!inside.has(to)) continue;
      if (to === start) {
        const path = [start];
        for (let back: string | undefined = at; back !== undefined && back !== start; back = before.get(back))
          path.unshift(back);
        return [start, ...path];
      }
      if (before.has(to)) continue;
      before.set(to, at);
      queue.push(to);
    }
  }
  return [start, start];
}

/** Groups of nodes that reach each other; those called come before those that call. */
function stronglyConnected(
  ids: readonly string[],
  next: (id: string) => readonly string[],
): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open = new Set<string>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const enter = (id: string): { readonly id: string; readonly rest: Iterator<string> } => {
    index.set(id, index.size);
    low.set(id, index.get(id) ?? 0);
    open.add(id);
    stack.push(id);
    return { id, rest: next(id)[Symbol.iterator]() };
  };
  const lower = (id: string, by: number | undefined): void => {
    low.set(id, Math.min(low.get(id) ?? 0, by ?? Number.POSITIVE_INFINITY));
  };
  for (const root of ids) {
    if (index.has(root)) continue;
    const work = [enter(root)];
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const { id } = frame;
      const step = frame.rest.next();
      if (step.done !== true) {
        if (!index.has(step.value)) work.push(enter(step.value));
        else if (open.has(step.value)) lower(id, index.get(step.value));
        continue;
      }
      work.pop();
      const caller = work.at(-1);
      if (caller !== undefined) lower(caller.id, low.get(id));
      if (low.get(id) !== index.get(id)) continue;
      const group = stack.splice(stack.indexOf(id));
      for (const member of group) open.delete(member);
      groups.push(group);
    }
  }
  return groups;
}

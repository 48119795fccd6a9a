"use client";

import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { addNew, canStay, EMPTY_PLACEMENT, type LayoutInput, type Placement } from "./layout.ts";
import { placements } from "./placements.ts";
import { type Grouping, groupOf, orderGroups, type View } from "./view.ts";

export interface Placed {
  readonly placement: Placement;
  /** Changes when everything was laid out anew; empty until it was for the first time. */
  readonly made: string;
  readonly failed: boolean;
  /** Lays everything out again. */
  readonly arrange: () => void;
}

/**
 * Where the nodes of a view stand. Laid out in a worker when a picture is new; what comes later finds a place in it, and
 * nothing that stands moves until somebody asks.
 */
export function usePlacement(name: string, view: View | undefined, by: Grouping): Placed {
  const input = useMemo(() => (view === undefined ? undefined : inputOf(view, by)), [view, by]);
  const kept = useSyncExternalStore(
    placements.subscribe,
    () => placements.of(name),
    () => undefined,
  );
  const failed = useSyncExternalStore(
    placements.subscribe,
    () => placements.hasFailed(name),
    () => false,
  );
  useEffect(() => {
    if (input === undefined) return;
    const nodes = input.groups.flatMap((group) => group.nodes);
    if (nodes.length === 0) return;
    const placement = kept?.placement;
    if (placement !== undefined && canStay(placement, nodes, input.edges.length))
      placements.extend(name, addNew(placement, nodes, input.edges));
    else void placements.layOut(name, `${name} ${nodes.length} ${input.edges.length}`, input);
  }, [input, name, kept]);
  const arrange = useCallback(() => {
    if (input !== undefined) void placements.layOut(name, `${name} ${performance.now()}`, input);
  }, [input, name]);
  return {
    placement: kept?.placement ?? EMPTY_PLACEMENT,
    made: kept?.made ?? "",
    failed,
    arrange,
  };
}

function inputOf(view: View, by: Grouping): LayoutInput {
  const nodes = view.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const groups = orderGroups(nodes.map((node) => groupOf(node, by)));
  return {
    groups: groups.map((name) => ({
      name,
      nodes: nodes.filter((node) => groupOf(node, by) === name).map(({ id }) => id),
    })),
    edges: view.edges
      .map(({ key, edge: { from, to, calls } }) => ({ key, from, to, weight: calls }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

import type { BlastEdge, BlastNode } from "../api/contract.ts";

export interface MapPlace {
  readonly node: BlastNode;
  readonly column: number;
  readonly row: number;
}

export interface MapPlaces {
  /** From those who wait, farthest first, over what changes, to what that calls. */
  readonly columns: readonly {
    readonly key: string;
    readonly nodes: readonly BlastNode[];
    readonly left: number;
  }[];
  readonly rows: number;
  readonly lines: readonly {
    readonly key: string;
    readonly from: MapPlace;
    readonly to: MapPlace;
    readonly edge: BlastEdge;
  }[];
}

const MOST_ROWS = 5;
const FAR = 3;

/** Where each node of a small map stands. What doesn't fit into its column is counted. Pure. */
export function placesOf(nodes: readonly BlastNode[], edges: readonly BlastEdge[]): MapPlaces {
  const keyOf = ({ role, hops }: BlastNode): string =>
    role === "dependent" ? `dependent ${Math.min(hops, FAR)}` : role;
  const order = ["dependent 3", "dependent 2", "dependent 1", "touched", "callee"];
  const columns = order
    .map((key) => ({ key, all: nodes.filter((node) => keyOf(node) === key) }))
    .filter(({ all }) => all.length > 0)
    .map(({ key, all }) => {
      const shown = all.length > MOST_ROWS ? all.slice(0, MOST_ROWS - 1) : all;
      return { key, nodes: shown, left: all.length - shown.length };
    });
  const places = new Map<string, MapPlace>();
  for (const [column, { nodes: shown }] of columns.entries())
    for (const [row, node] of shown.entries()) places.set(node.id, { node, column, row });
  const lines = edges.flatMap((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (from === undefined || to === undefined || from.column === to.column) return [];
    return [{ key: `${edge.from} ${edge.to}`, from, to, edge }];
  });
  const rows = Math.max(1, ...columns.map(({ nodes: shown, left }) => shown.length + (left > 0 ? 1 : 0)));
  return { columns, rows, lines };
}

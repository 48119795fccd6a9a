/** Where nodes stand and how edges run between them, px of the plane. */
export interface Placement {
  /** Upper left corners, by id. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** Bends of edges that were laid out, by key: from the caller's right side to the callee's left one. */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
  readonly groups: readonly GroupBox[];
  /** How many edges were known when it was made. */
  readonly edgeCount: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface GroupBox extends Point {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface LayoutEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** The more, the straighter. */
  readonly weight: number;
}

/** What is to be laid out: nodes by group, in order. */
export interface LayoutInput {
  readonly groups: readonly { readonly name: string; readonly nodes: readonly string[] }[];
  readonly edges: readonly LayoutEdge[];
}

export const NODE = { width: 168, height: 48 } as const;
export const EMPTY_PLACEMENT: Placement = { nodes: new Map(), routes: new Map(), groups: [], edgeCount: 0 };

const GAP = { x: 140, y: 20 };
const GRID_COLUMNS = 6;
const GROUP = { pad: 28, title: 28, gap: 40 };
/** With more edges than this the layout is made by each node's busiest caller and callee alone: the rest bends around. */
const BACKBONE_FROM = 600;

const FEW = 120;

/** The graph as elkjs takes it: `layered`, tuned as STACK.md says; a large one by simpler means. Pure. */
export function elkGraph(nodes: readonly string[], edges: readonly LayoutEdge[]) {
  const large = edges.length > BACKBONE_FROM;
  const laid = large ? backboneOf(edges) : edges;
  return {
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.layered.thoroughness": "1",
      "elk.layered.nodePlacement.strategy": large ? "SIMPLE" : "LINEAR_SEGMENTS",
      "elk.edgeRouting": "POLYLINE",
      "elk.spacing.nodeNode": String(GAP.y),
      // A few edges keep away from the nodes that they pass; thousands need the room.
      "elk.spacing.edgeNode": laid.length < FEW ? "16" : "4",
      "elk.spacing.edgeEdge": laid.length < FEW ? "8" : "2",
      "elk.layered.spacing.edgeNodeBetweenLayers": "8",
      "elk.layered.spacing.edgeEdgeBetweenLayers": "2",
      "elk.layered.spacing.nodeNodeBetweenLayers": String(GAP.x),
    },
    children: nodes.map((id) => ({ id, width: NODE.width, height: NODE.height })),
    edges: laid.map(({ key, from, to }) => ({ id: key, sources: [from], targets: [to] })),
  };
}

/** Of each node its busiest edge in and its busiest edge out. Pure. */
export function backboneOf(edges: readonly LayoutEdge[]): readonly LayoutEdge[] {
  const busiest = new Map<string, LayoutEdge>();
  const keep = (place: string, edge: LayoutEdge): void => {
    const known = busiest.get(place);
    if (known === undefined || edge.weight > known.weight) busiest.set(place, edge);
  };
  for (const edge of edges) {
    keep(`out ${edge.from}`, edge);
    keep(`in ${edge.to}`, edge);
  }
  const kept = new Set(busiest.values());
  return edges.filter((edge) => kept.has(edge));
}

/** What elkjs answers, as far as it is read. */
export interface ElkAnswer {
  readonly children?: readonly { readonly id: string; readonly x?: number; readonly y?: number }[];
  readonly edges?: readonly {
    readonly id: string;
    readonly sections?: readonly {
      readonly startPoint: Point;
      readonly endPoint: Point;
      readonly bendPoints?: readonly Point[];
    }[];
  }[];
}

/**
 * Lays out groups one below the other, each by `layered` in a worker; nodes without any edge stand in rows beneath.
 * Rejects as `ask` does.
 */
export async function layOut(
  { groups, edges }: LayoutInput,
  ask: (graph: ReturnType<typeof elkGraph>) => Promise<ElkAnswer>,
): Promise<Placement> {
  const nodes = new Map<string, Point>();
  const routes = new Map<string, readonly Point[]>();
  const boxes: GroupBox[] = [];
  const titled = groups.length > 1 || groups.some(({ name }) => name !== "");
  const pad = titled ? GROUP.pad : 0;
  let top = 0;
  for (const { name, nodes: members } of groups) {
    const inside = new Set(members);
    const own = edges.filter(({ from, to }) => from !== to && inside.has(from) && inside.has(to));
    const linked = new Set(own.flatMap(({ from, to }) => [from, to]));
    const graph = members.filter((id) => linked.has(id));
    const answer = graph.length === 0 ? {} : await ask(elkGraph(graph, own));
    const at = { x: pad, y: top + (titled ? GROUP.title + 12 : 0) };
    let [right, bottom] = [at.x, at.y];
    for (const { id, x = 0, y = 0 } of answer.children ?? []) {
      nodes.set(id, { x: at.x + x, y: at.y + y });
      right = Math.max(right, at.x + x + NODE.width);
      bottom = Math.max(bottom, at.y + y + NODE.height);
    }
    for (const { id, sections = [] } of answer.edges ?? []) {
      const [section] = sections;
      if (section === undefined) continue;
      const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      routes.set(
        id,
        points.map(({ x, y }) => ({ x: at.x + x, y: at.y + y })),
      );
    }
    const alone = members.filter((id) => !linked.has(id));
    const gridTop = graph.length === 0 ? at.y : bottom + GROUP.gap;
    for (const [index, id] of alone.entries()) {
      const x = at.x + (index % GRID_COLUMNS) * (NODE.width + GAP.y);
      const y = gridTop + Math.floor(index / GRID_COLUMNS) * (NODE.height + GAP.y);
      nodes.set(id, { x, y });
      right = Math.max(right, x + NODE.width);
      bottom = Math.max(bottom, y + NODE.height);
    }
    if (titled) boxes.push({ name, x: 0, y: top, width: right + pad, height: bottom + pad - top });
    top = bottom + pad + GROUP.gap;
  }
  const width = Math.max(0, ...boxes.map((box) => box.width));
  return {
    nodes,
    routes,
    groups: boxes.map((box) => ({ ...box, width })),
    edgeCount: edges.length,
  };
}

/** Whether a placement can stay, and only what is new finds a place in it. Pure. */
export function canStay(placement: Placement, nodes: readonly string[], edgeCount: number): boolean {
  if (placement.nodes.size === 0) return false;
  const unplaced = nodes.filter((id) => !placement.nodes.has(id)).length;
  return unplaced <= Math.max(2, placement.nodes.size / 4) && edgeCount <= 2 * placement.edgeCount + 4;
}

/**
 * The same placement with what is new beside whom it is called by, or whom it calls: nothing that stood moves. Pure.
 */
export function addNew(
  placement: Placement,
  nodes: readonly string[],
  edges: readonly LayoutEdge[],
): Placement {
  const fresh = nodes.filter((id) => !placement.nodes.has(id));
  if (fresh.length === 0) return placement;
  const placed = new Map(placement.nodes);
  for (const id of fresh) placed.set(id, freePlace(placed, wishFor(placed, id, edges)));
  return { ...placement, nodes: placed };
}

function wishFor(placed: ReadonlyMap<string, Point>, id: string, edges: readonly LayoutEdge[]): Point {
  const pointsOf = (ids: readonly string[]): readonly Point[] =>
    ids.flatMap((one) => {
      const point = placed.get(one);
      return point === undefined ? [] : [point];
    });
  const callers = pointsOf(edges.filter(({ to }) => to === id).map(({ from }) => from));
  const callees = pointsOf(edges.filter(({ from }) => from === id).map(({ to }) => to));
  const middle = (points: readonly Point[]): number =>
    points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const step = NODE.width + GAP.x;
  if (callers.length > 0) return { x: Math.max(...callers.map(({ x }) => x)) + step, y: middle(callers) };
  if (callees.length > 0) return { x: Math.min(...callees.map(({ x }) => x)) - step, y: middle(callees) };
  return { x: 0, y: Math.max(0, ...[...placed.values()].map(({ y }) => y)) + NODE.height + GROUP.gap };
}

/** The nearest place above or below a wish that nobody stands in. */
function freePlace(placed: ReadonlyMap<string, Point>, wish: Point): Point {
  const near = [...placed.values()].filter(({ x }) => Math.abs(x - wish.x) < NODE.width + GAP.y);
  const step = NODE.height + GAP.y;
  const isFree = (y: number): boolean => near.every((other) => Math.abs(other.y - y) >= step);
  for (let away = 0; away <= near.length + 1; away += 1) {
    if (isFree(wish.y + away * step)) return { x: wish.x, y: wish.y + away * step };
    if (isFree(wish.y - away * step)) return { x: wish.x, y: wish.y - away * step };
  }
  return { x: wish.x, y: Math.max(...near.map(({ y }) => y)) + step };
}

import { NODE, type Placement, type Point } from "./layout.ts";

/** Where an edge runs: lines, or curves where nothing was laid out for it. */
export interface EdgePath {
  readonly path: Path2D;
  /** Where its label stands. */
  readonly middle: Point;
  /** Where its arrow points, and from where. */
  readonly tip: Point;
  readonly before: Point;
}

const CORNER = 16;

/** The path of an edge in a placement; undefined while one of its ends has no place. */
export function edgePath(placement: Placement, key: string, from: string, to: string): EdgePath | undefined {
  const [start, end] = [placement.nodes.get(from), placement.nodes.get(to)];
  if (start === undefined || end === undefined) return undefined;
  const route = placement.routes.get(key);
  const a = { x: start.x + NODE.width, y: start.y + NODE.height / 2 };
  const b = { x: end.x, y: end.y + NODE.height / 2 };
  if (route !== undefined && route.length >= 2) return routed(route);
  return from === to ? loop(start) : curve(a, b);
}

/** Along the bends, with round corners. */
function routed(route: readonly Point[]): EdgePath {
  const path = new Path2D();
  const [first, ...rest] = route;
  const last = route.at(-1);
  const before = route.at(-2);
  if (first === undefined || last === undefined || before === undefined)
    throw new Error("a route has two ends");
  path.moveTo(first.x, first.y);
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    if (next === undefined) path.lineTo(point.x, point.y);
    else path.arcTo(point.x, point.y, next.x, next.y, CORNER);
  }
  return { path, middle: midway(route), tip: last, before };
}

function midway(route: readonly Point[]): Point {
  const lengths = route.slice(1).map((point, index) => {
    const from = route[index] ?? point;
    return Math.hypot(point.x - from.x, point.y - from.y);
  });
  let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (const [index, length] of lengths.entries()) {
    const [from, to] = [route[index], route[index + 1]];
    if (from === undefined || to === undefined) break;
    if (left <= length) {
      const part = length === 0 ? 0 : left / length;
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    }
    left -= length;
  }
  return route[0] ?? { x: 0, y: 0 };
}

/** Out to the right, in from the left; back again in a wide bow. */
function curve(a: Point, b: Point): EdgePath {
  const path = new Path2D();
  const reach = Math.max(48, Math.min(220, Math.abs(b.x - a.x) / 2 + (b.x < a.x ? 80 : 0)));
  const [c, d] = [
    { x: a.x + reach, y: a.y },
    { x: b.x - reach, y: b.y },
  ];
  path.moveTo(a.x, a.y);
  path.bezierCurveTo(c.x, c.y, d.x, d.y, b.x, b.y);
  const middle = { x: (a.x + 3 * c.x + 3 * d.x + b.x) / 8, y: (a.y + 3 * c.y + 3 * d.y + b.y) / 8 };
  return { path, middle, tip: b, before: d };
}

/** A service that calls itself. */
function loop(at: Point): EdgePath {
  const path = new Path2D();
  const right = { x: at.x + NODE.width, y: at.y + NODE.height / 2 };
  const under = { x: at.x + NODE.width / 2, y: at.y + NODE.height };
  path.moveTo(right.x, right.y);
  path.bezierCurveTo(right.x + 40, right.y + 50, under.x, under.y + 50, under.x, under.y);
  return {
    path,
    middle: { x: right.x + 4, y: under.y + 24 },
    tip: under,
    before: { x: under.x, y: under.y + 50 },
  };
}

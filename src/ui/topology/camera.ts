import { NODE, type Placement, type Point } from "./layout.ts";

/** What part of the plane is seen: a point of the plane is at `x + k·px`, `y + k·py` of the surface. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  /** Scale: 1 is life-size. */
  readonly k: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const SCALE = { least: 0.05, most: 2 } as const;
/** Below, nodes are drawn as blocks: their text could not be read. */
export const NEAR = 0.4;
const MARGIN = 32;

const bounded = (k: number): number => Math.min(SCALE.most, Math.max(SCALE.least, k));

/** Zooms by a factor; the point under the pointer stays there. Pure. */
export function zoomAt(camera: Camera, at: Point, factor: number): Camera {
  const k = bounded(camera.k * factor);
  const part = k / camera.k;
  return { k, x: at.x - (at.x - camera.x) * part, y: at.y - (at.y - camera.y) * part };
}

/** All of these nodes in sight, life-size at most. Pure. */
export function fitCamera(placement: Placement, ids: Iterable<string>, size: Size): Camera {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (x: number, y: number, width: number, height: number): void => {
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + width), Math.max(bottom, y + height)];
  };
  for (const id of ids) {
    const point = placement.nodes.get(id);
    if (point !== undefined) take(point.x, point.y, NODE.width, NODE.height);
  }
  for (const { x, y, width, height } of placement.groups) take(x, y, width, height);
  if (left > right) return { x: MARGIN, y: MARGIN, k: 1 };
  const room = { width: size.width - 2 * MARGIN, height: size.height - 2 * MARGIN };
  const k = Math.max(SCALE.least, Math.min(1, room.width / (right - left), room.height / (bottom - top)));
  return {
    k,
    x: (size.width - (right - left) * k) / 2 - left * k,
    y: (size.height - (bottom - top) * k) / 2 - top * k,
  };
}

/** A node in the middle, near enough to be read. Pure. */
export function centreOn(camera: Camera, point: Point, size: Size): Camera {
  const k = Math.max(camera.k, 0.75);
  return {
    k,
    x: size.width / 2 - (point.x + NODE.width / 2) * k,
    y: size.height / 2 - (point.y + NODE.height / 2) * k,
  };
}

/** Nodes in sight, and half a surface around it, so that a short pan finds them there. Pure. */
export function inSight(placement: Placement, camera: Camera, size: Size): ReadonlySet<string> {
  const found = new Set<string>();
  const [w, h] = [size.width / 2, size.height / 2];
  for (const [id, point] of placement.nodes) {
    const [x, y] = [camera.x + point.x * camera.k, camera.y + point.y * camera.k];
    const right = x + NODE.width * camera.k;
    const bottom = y + NODE.height * camera.k;
    if (right > -w && x < size.width + w && bottom > -h && y < size.height + h) found.add(id);
  }
  return found;
}

/** The node at a point of the surface. Pure. */
export function nodeAt(placement: Placement, camera: Camera, at: Point): string | undefined {
  const [x, y] = [(at.x - camera.x) / camera.k, (at.y - camera.y) / camera.k];
  for (const [id, point] of placement.nodes) {
    const inside = x >= point.x && x <= point.x + NODE.width && y >= point.y && y <= point.y + NODE.height;
    if (inside) return id;
  }
  return undefined;
}

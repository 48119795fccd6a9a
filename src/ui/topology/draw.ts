import { type Camera, NEAR, type Size } from "./camera.ts";
import type { EdgePath } from "./edge-paths.ts";
import { NODE, type Placement, type Point } from "./layout.ts";
import type { Health, ViewEdge, ViewNode } from "./view.ts";

/** Colours of the theme, as the page has them now. */
export interface Ink {
  readonly surface: string;
  readonly plate: string;
  readonly line: string;
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly accent: string;
  readonly degraded: string;
  readonly failed: string;
  readonly font: string;
}

export function readInk(): Ink {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: color("--surface-0"),
    plate: color("--surface-1"),
    line: color("--line"),
    ink: color("--ink"),
    ink2: color("--ink-2"),
    ink3: color("--ink-3"),
    accent: color("--accent"),
    degraded: color("--degraded"),
    failed: color("--failed"),
    font: style.fontFamily,
  };
}

type Look = "quiet" | "plain" | "failing" | "faint" | "chosen";

/** Edges that are drawn alike are one path, made once for each answer: a frame strokes some dozen paths, not thousands. */
export interface Stroke {
  readonly look: Look;
  /** px on the screen. */
  readonly width: number;
  readonly path: Path2D;
}

export interface Scene {
  readonly placement: Placement;
  readonly strokes: readonly Stroke[];
  /** Tips of those whose arrows are drawn near by. */
  readonly arrows: readonly { readonly look: Look; readonly tip: Point; readonly before: Point }[];
  readonly labels: readonly { readonly at: Point; readonly text: string; readonly failing: boolean }[];
  readonly nodes: readonly ViewNode[];
  readonly faint: ReadonlySet<string>;
  readonly chosen: string | undefined;
}

/** Stroke widths by log of requests a second: 1 px up to 1/s, half a pixel more for each ten times. */
export const widthOf = (rate: number): number =>
  rate <= 1 ? 1 : Math.min(4, 1 + Math.round(Math.log10(rate) * 1.2) / 2);

/** What is drawn of edges: who stands out and who steps back is decided here. Pure but for `Path2D`. */
export function strokesOf(
  edges: readonly ViewEdge[],
  paths: ReadonlyMap<string, EdgePath>,
  how: {
    readonly faint: ReadonlySet<string>;
    readonly chosen: ReadonlySet<string>;
    readonly isComparing: boolean;
  },
): Pick<Scene, "strokes" | "arrows"> {
  const strokes = new Map<string, Stroke>();
  const arrows: { look: Look; tip: Point; before: Point }[] = [];
  for (const one of edges) {
    const found = paths.get(one.key);
    if (found === undefined) continue;
    const look = lookOf(one, how);
    const width = look === "chosen" ? widthOf(one.rate) + 0.5 : widthOf(one.rate);
    const name = `${look} ${width}`;
    const stroke = strokes.get(name) ?? { look, width, path: new Path2D() };
    strokes.set(name, stroke);
    stroke.path.addPath(found.path);
    arrows.push({ look, tip: found.tip, before: found.before });
  }
  const order: readonly Look[] = ["faint", "quiet", "plain", "chosen", "failing"];
  const rank = ({ look }: { readonly look: Look }): number => order.indexOf(look);
  return {
    strokes: [...strokes.values()].toSorted((a, b) => rank(a) - rank(b)),
    arrows: arrows.toSorted((a, b) => rank(a) - rank(b)),
  };
}

function lookOf(
  { key, edge, isQuiet, change, ratio }: ViewEdge,
  how: {
    readonly faint: ReadonlySet<string>;
    readonly chosen: ReadonlySet<string>;
    readonly isComparing: boolean;
  },
): Look {
  if (edge.failing) return how.faint.has(edge.from) && how.faint.has(edge.to) ? "faint" : "failing";
  if (how.chosen.has(key)) return "chosen";
  if (how.chosen.size > 0 || how.faint.has(edge.from) || how.faint.has(edge.to)) return "faint";
  if (how.isComparing)
    return change !== undefined || (ratio !== undefined && (ratio >= 1.5 || ratio <= 0.67))
      ? "chosen"
      : "faint";
  return isQuiet ? "quiet" : "plain";
}

/** One frame. It takes some milliseconds for thousands of edges. */
export function draw(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  size: Size,
  ink: Ink,
): void {
  const ratio = context.canvas.width / Math.max(1, size.width);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  context.setTransform(ratio * camera.k, 0, 0, ratio * camera.k, ratio * camera.x, ratio * camera.y);
  drawGroups(context, scene, camera, ink);
  for (const { look, width, path } of scene.strokes) {
    context.strokeStyle = colorOf(look, ink);
    context.globalAlpha = look === "faint" ? 0.45 : 1;
    // Far off, a thousand full lines would be one grey.
    context.lineWidth = (camera.k < NEAR && look !== "failing" ? width * 0.6 : width) / camera.k;
    context.setLineDash(
      look === "quiet"
        ? [2 / camera.k, 4 / camera.k]
        : look === "failing"
          ? [6 / camera.k, 3 / camera.k]
          : [],
    );
    context.stroke(path);
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (camera.k >= NEAR) drawArrows(context, scene, ink);
  else drawBlocks(context, scene, camera, ink);
  if (camera.k >= NEAR) drawLabels(context, scene, ink);
}

const colorOf = (look: Look, ink: Ink): string =>
  look === "failing" ? ink.failed : look === "chosen" ? ink.ink : look === "faint" ? ink.line : ink.ink3;

function drawGroups(context: CanvasRenderingContext2D, { placement }: Scene, camera: Camera, ink: Ink): void {
  for (const { name, x, y, width, height } of placement.groups) {
    context.fillStyle = ink.plate;
    context.strokeStyle = ink.line;
    context.lineWidth = 1 / camera.k;
    context.beginPath();
    context.roundRect(x, y, width, height, 8);
    context.fill();
    context.stroke();
    context.fillStyle = ink.ink2;
    context.font = `500 ${Math.max(13, 11 / camera.k)}px ${ink.font}`;
    context.textBaseline = "middle";
    context.fillText(name === "" ? "–" : name, x + 16, y + 20);
  }
}

function drawArrows(context: CanvasRenderingContext2D, { arrows }: Scene, ink: Ink): void {
  for (const { look, tip, before } of arrows) {
    const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    context.fillStyle = colorOf(look, ink);
    context.beginPath();
    context.moveTo(tip.x, tip.y);
    context.lineTo(tip.x - 8 * cos + 3.5 * sin, tip.y - 8 * sin - 3.5 * cos);
    context.lineTo(tip.x - 8 * cos - 3.5 * sin, tip.y - 8 * sin + 3.5 * cos);
    context.fill();
  }
}

const BLOCK: Readonly<Record<Health, keyof Ink>> = {
  failed: "failed",
  attention: "degraded",
  normal: "ink3",
  unknown: "line",
};

/** Nodes from afar: a block each, and a name where there is room for one. */
function drawBlocks(context: CanvasRenderingContext2D, scene: Scene, camera: Camera, ink: Ink): void {
  const named = camera.k >= 0.16;
  context.textBaseline = "middle";
  context.font = `500 ${Math.min(44, 10.5 / camera.k)}px ${ink.font}`;
  for (const { id, health } of scene.nodes) {
    const point = scene.placement.nodes.get(id);
    if (point === undefined) continue;
    context.globalAlpha = scene.faint.has(id) ? 0.35 : 1;
    context.fillStyle = ink.plate;
    context.strokeStyle = scene.chosen === id ? ink.accent : ink[BLOCK[health]];
    context.lineWidth = (health === "normal" && scene.chosen !== id ? 1 : 2.5) / camera.k;
    context.beginPath();
    context.rect(point.x, point.y, NODE.width, NODE.height);
    if (health === "failed") context.fillStyle = ink.failed;
    context.fill();
    context.stroke();
    if (!named) continue;
    context.fillStyle = health === "failed" ? ink.surface : ink.ink;
    context.fillText(shortened(id), point.x + 8, point.y + NODE.height / 2, NODE.width - 16);
  }
  context.globalAlpha = 1;
}

const shortened = (name: string): string => (name.length > 14 ? `${name.slice(0, 13)}…` : name);

function drawLabels(context: CanvasRenderingContext2D, { labels }: Scene, ink: Ink): void {
  context.font = `12px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const { at, text, failing } of labels) {
    const width = context.measureText(text).width + 10;
    context.fillStyle = ink.surface;
    context.fillRect(at.x - width / 2, at.y - 9, width, 18);
    context.fillStyle = failing ? ink.failed : ink.ink;
    context.fillText(text, at.x, at.y + 1);
  }
  context.textAlign = "start";
}

"use client";

import { Maximize, Minus, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useUnitWords } from "../charts/unit.ts";
import { IconButton } from "../kit/button.tsx";
import { type Camera, centreOn, fitCamera, inSight, NEAR, nodeAt, type Size, zoomAt } from "./camera.ts";
import { draw, type Ink, readInk, type Scene, strokesOf } from "./draw.ts";
import { type EdgePath, edgePath } from "./edge-paths.ts";
import type { Placement, Point } from "./layout.ts";
import { NodeBox } from "./node-box.tsx";
import { Still } from "./still.ts";
import { useCamera } from "./use-camera.ts";
import { isFound, type View, type ViewEdge } from "./view.ts";

interface MapProps {
  readonly view: View;
  readonly placement: Placement;
  /** When it changes, everything is brought into sight. */
  readonly fitKey: string;
  readonly query: string;
  readonly node: string | undefined;
  readonly edge: string | undefined;
  readonly isComparing: boolean;
  readonly onNode: (id: string | undefined) => void;
  readonly onEdge: (key: string) => void;
}

const PRESS_PX = 10;
const MOST_LABELS = 60;
/** From so many edges on, what moves is the picture of them. */
const LARGE = 300;

/** The graph: edges on a canvas, nodes as buttons while they can be read. */
export function TopologyMap(props: MapProps) {
  const { view, placement, fitKey, query, node, onNode, onEdge } = props;
  const { byId } = view;
  const t = useTranslations("topology");
  const surface = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  const scene = useScene(props);
  const paths = scene.paths;
  const ink = useRef<Ink | undefined>(undefined);
  const still = useRef(new Still());
  const isLarge = view.edges.length > LARGE;

  const onFrame = (camera: Camera, size: Size, isMoving: boolean) => {
    const context = canvas.current?.getContext("2d");
    if (!context || size.width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (context.canvas.width !== width) context.canvas.width = width;
    if (context.canvas.height !== height) context.canvas.height = height;
    if (!isMoving || ink.current === undefined) ink.current = readInk();
    if (!isLarge) draw(context, scene, camera, size, ink.current);
    else {
      const { current: kept } = still;
      if (!isMoving || !kept.serves(scene, camera, size)) kept.take(scene, camera, size, ratio, ink.current);
      kept.show(context, camera, ratio);
    }
    if (plane.current)
      plane.current.style.transform = `translate(${camera.x}px, ${camera.y}px) scale(${camera.k})`;
  };
  const onPress = (at: Point) => {
    const { current: camera } = moving.camera;
    const found = nodeAt(placement, camera, at);
    if (found !== undefined && byId.has(found)) return onNode(found);
    const key = edgeAt(canvas.current, view.edges, paths, camera, at);
    if (key === undefined) onNode(undefined);
    else onEdge(key);
  };
  const moving = useCamera({ surface, onFrame, onPress });
  const { camera: cameraNow, size: sizeNow, settled, move, redraw, handlers, wasDrag } = moving;
  useEffect(redraw, [scene, redraw]);

  const fit = () => move(fitCamera(placement, byId.keys(), sizeNow.current));
  // Once for each picture that was laid out; what only moved on in time stays where it is.
  const fitted = useRef("");
  const isSized = settled.size.width > 0;
  useEffect(() => {
    if (!isSized || placement.nodes.size === 0 || fitted.current === fitKey) return;
    fitted.current = fitKey;
    move(fitCamera(placement, byId.keys(), sizeNow.current));
  }, [fitKey, isSized, placement, byId, move, sizeNow]);
  const shownNode = useRef(node);
  useEffect(() => {
    if (shownNode.current === node) return;
    shownNode.current = node;
    const point = node === undefined ? undefined : placement.nodes.get(node);
    const { current: size } = sizeNow;
    const { current: camera } = cameraNow;
    // From afar it could not be read: it is brought near.
    if (point !== undefined && (camera.k < NEAR || !isInView(point, camera, size)))
      move(centreOn(camera, point, size));
  }, [node, placement, move, cameraNow, sizeNow]);

  const isNear = settled.camera.k >= NEAR;
  const sight = useMemo(
    () => (isNear ? inSight(placement, settled.camera, settled.size) : new Set<string>()),
    [isNear, placement, settled],
  );
  const zoom = (factor: number) => {
    const { width, height } = sizeNow.current;
    move(zoomAt(cameraNow.current, { x: width / 2, y: height / 2 }, factor));
  };
  const choose = useCallback((id: string) => !wasDrag() && onNode(id), [onNode, wasDrag]);
  return (
    <div
      ref={surface}
      data-testid="topology-map"
      data-near={isNear}
      data-scrolls
      className="relative min-h-0 flex-1 touch-none select-none overflow-hidden bg-surface-0 active:cursor-grabbing"
      {...handlers}
    >
      <canvas ref={canvas} className="absolute inset-0 size-full" aria-hidden />
      <div ref={plane} className="pointer-events-none absolute top-0 left-0 origin-top-left">
        {view.nodes.map((one) => {
          const at = sight.has(one.id) ? placement.nodes.get(one.id) : undefined;
          if (at === undefined) return null;
          return (
            <NodeBox
              key={one.id}
              node={one}
              at={at}
              isChosen={one.id === node}
              isFaint={scene.faint.has(one.id)}
              onChoose={choose}
            />
          );
        })}
      </div>
      <div className="absolute right-3 bottom-3 flex flex-col rounded-4 border border-line bg-surface-1">
        <IconButton label={t("zoomIn")} onClick={() => zoom(1.4)}>
          <Plus size={16} />
        </IconButton>
        <IconButton label={t("zoomOut")} onClick={() => zoom(1 / 1.4)}>
          <Minus size={16} />
        </IconButton>
        <IconButton label={t("fit")} onClick={fit}>
          <Maximize size={16} />
        </IconButton>
      </div>
      <p className="sr-only" role="status">
        {query === "" ? "" : t("found", { count: view.nodes.filter(({ id }) => isFound(id, query)).length })}
      </p>
    </div>
  );
}

const isInView = ({ x, y }: Point, camera: Camera, size: Size): boolean => {
  const [left, top] = [camera.x + x * camera.k, camera.y + y * camera.k];
  return left > 0 && top > 0 && left < size.width - 168 * camera.k && top < size.height - 48 * camera.k;
};

/** What is drawn, made anew when an answer or a choice is. */
function useScene({ view, placement, query, node, edge, isComparing }: MapProps): Scene & {
  readonly paths: ReadonlyMap<string, EdgePath>;
} {
  const write = useUnitWords();
  const paths = useMemo(() => pathsOf(view.edges, placement), [view, placement]);
  return useMemo(() => {
    const chosen = new Set(
      view.edges
        .filter(
          ({ key, edge: { from, to } }) =>
            key === edge || (node !== undefined && (from === node || to === node)),
        )
        .map(({ key }) => key),
    );
    const beside = new Set(
      view.edges.filter(({ key }) => chosen.has(key)).flatMap(({ edge: { from, to } }) => [from, to]),
    );
    const isFaint = (id: string): boolean =>
      !isFound(id, query) || ((node !== undefined || edge !== undefined) && id !== node && !beside.has(id));
    const faint = new Set(view.nodes.filter(({ id }) => isFaint(id)).map(({ id }) => id));
    const labels = view.edges
      .filter(
        ({ key, edge: one, change, ratio }) =>
          chosen.has(key) || one.failing || (isComparing && (change ?? ratio) !== undefined),
      )
      .toSorted((a, b) => Number(chosen.has(b.key)) - Number(chosen.has(a.key)) || b.rate - a.rate)
      .slice(0, MOST_LABELS)
      .flatMap((one) => {
        const path = paths.get(one.key);
        return path === undefined
          ? []
          : [{ at: path.middle, text: labelOf(one, isComparing, write), failing: one.edge.failing }];
      });
    return {
      placement,
      paths,
      ...strokesOf(view.edges, paths, { faint, chosen, isComparing }),
      labels,
      nodes: view.nodes,
      faint,
      chosen: node,
    };
  }, [view, placement, paths, query, node, edge, isComparing, write]);
}

/** Paths change with the placement, not with figures: each is made once for it. */
const pathsIn = new WeakMap<Placement, Map<string, EdgePath>>();

function pathsOf(edges: readonly ViewEdge[], placement: Placement): ReadonlyMap<string, EdgePath> {
  const known = pathsIn.get(placement) ?? new Map<string, EdgePath>();
  pathsIn.set(placement, known);
  for (const { key, edge } of edges) {
    if (known.has(key)) continue;
    const path = edgePath(placement, key, edge.from, edge.to);
    if (path !== undefined) known.set(key, path);
  }
  return known;
}

function labelOf(
  { edge, rate, ratio, change, beforeRate }: ViewEdge,
  isComparing: boolean,
  write: ReturnType<typeof useUnitWords>,
): string {
  if (isComparing && change === "gone") return `${write(beforeRate, "perSecond")} → 0`;
  const parts = [write(rate, "perSecond")];
  if (isComparing && ratio !== undefined) parts.push(`× ${ratio.toPrecision(2)}`);
  if (edge.errors > 0) parts.push(`✕ ${write(edge.errors / edge.calls, "share")}`);
  else if (edge.p95 !== undefined && !isComparing) parts.push(write(edge.p95, "seconds"));
  return parts.join(" · ");
}

/** The edge that a press meets; asked by the canvas itself. */
function edgeAt(
  canvas: HTMLCanvasElement | null,
  edges: readonly ViewEdge[],
  paths: ReadonlyMap<string, EdgePath>,
  camera: Camera,
  at: Point,
): string | undefined {
  const context = canvas?.getContext("2d");
  if (!context) return undefined;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.setLineDash([]);
  context.lineWidth = PRESS_PX / camera.k;
  const [x, y] = [(at.x - camera.x) / camera.k, (at.y - camera.y) / camera.k];
  const found = edges.findLast(({ key }) => {
    const path = paths.get(key)?.path;
    return path !== undefined && context.isPointInStroke(path, x, y);
  });
  context.restore();
  return found?.key;
}

"use client";

import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { type Camera, type Size, zoomAt } from "./camera.ts";

const SLACK_PX = 4;
const IDLE_MS = 120;
const START: Camera = { x: 32, y: 32, k: 1 };

interface Options {
  readonly surface: RefObject<HTMLDivElement | null>;
  /** Draws a frame. Called at most once a frame, outside of React. */
  readonly onFrame: (camera: Camera, size: Size, isMoving: boolean) => void;
  /** A press that was no drag, at a point of the surface. */
  readonly onPress: (at: { readonly x: number; readonly y: number }) => void;
}

/**
 * Pans by drag, zooms by wheel and pinch. While something moves, nothing is rendered by React: `settled` follows when it
 * has been still for a moment.
 */
export function useCamera({ surface, onFrame, onPress }: Options) {
  const camera = useRef<Camera>(START);
  const size = useRef<Size>({ width: 0, height: 0 });
  const [settled, setSettled] = useState<{ readonly camera: Camera; readonly size: Size }>({
    camera: START,
    size: { width: 0, height: 0 },
  });
  const frame = useRef<number | undefined>(undefined);
  const idle = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isMoving = useRef(false);
  const drawNow = useRef(onFrame);
  useEffect(() => {
    drawNow.current = onFrame;
  });

  const redraw = useCallback(() => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = undefined;
      drawNow.current(camera.current, size.current, isMoving.current);
    });
  }, []);
  const move = useCallback(
    (next: Camera) => {
      camera.current = next;
      isMoving.current = true;
      redraw();
      clearTimeout(idle.current);
      idle.current = setTimeout(() => {
        isMoving.current = false;
        setSettled({ camera: camera.current, size: size.current });
        redraw();
      }, IDLE_MS);
    },
    [redraw],
  );

  useEffect(() => {
    const element = surface.current;
    if (element === null) return;
    const measure = () => {
      size.current = { width: element.clientWidth, height: element.clientHeight };
      setSettled({ camera: camera.current, size: size.current });
      redraw();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const at = { x: event.clientX - box.left, y: event.clientY - box.top };
      const lines = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey) {
        const { x, y, k } = camera.current;
        move({ x: x - (event.deltaX + event.deltaY) * lines, y, k });
      } else move(zoomAt(camera.current, at, Math.exp(-event.deltaY * lines * 0.0016)));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      observer.disconnect();
      theme.disconnect();
      element.removeEventListener("wheel", onWheel);
      clearTimeout(idle.current);
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    };
  }, [surface, move, redraw]);

  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const travelled = useRef(0);
  const placeOf = (event: PointerEvent) => {
    const box = surface.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0) return;
      if (pointers.current.size === 0) travelled.current = 0;
      pointers.current.set(event.pointerId, placeOf(event));
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      const was = pointers.current.get(event.pointerId);
      if (was === undefined) return;
      const is = placeOf(event);
      travelled.current += Math.hypot(is.x - was.x, is.y - was.y);
      // Captured only once it is a drag: a press on a node stays the node's.
      if (travelled.current > SLACK_PX && !event.currentTarget.hasPointerCapture(event.pointerId))
        event.currentTarget.setPointerCapture(event.pointerId);
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
      pointers.current.set(event.pointerId, is);
      const { x, y, k } = camera.current;
      if (other === undefined) move({ k, x: x + is.x - was.x, y: y + is.y - was.y });
      else {
        const [before, now] = [was, is].map((one) => Math.hypot(one.x - other.x, one.y - other.y));
        if (before && now) move(zoomAt(camera.current, other, now / before));
      }
    },
    onPointerUp: (event: PointerEvent<HTMLDivElement>) => {
      const pressed = pointers.current.delete(event.pointerId);
      if (pressed && travelled.current <= SLACK_PX && event.target instanceof HTMLCanvasElement)
        onPress(placeOf(event));
    },
    onPointerCancel: (event: PointerEvent<HTMLDivElement>) => {
      pointers.current.delete(event.pointerId);
    },
  };
  /** Whether the last press was a drag: then the click after it is not meant. */
  const wasDrag = useCallback(() => travelled.current > SLACK_PX, []);
  return { camera, size, settled, move, redraw, handlers, wasDrag };
}

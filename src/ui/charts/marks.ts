import type { Marker } from "../api/contract.ts";

/** Markers that stand too close to be told apart. */
export interface MarkGroup {
  /** Of the first. */
  readonly atMs: number;
  readonly markers: readonly Marker[];
}

/** The part of a span within which markers become one. */
const CLOSE = 0.022;

/** Markers by place, in the order of time. Pure. */
export function groupMarks(
  markers: readonly Marker[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly MarkGroup[] {
  const groups: { atMs: number; markers: Marker[] }[] = [];
  const inside = markers
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .toSorted((a, b) => a.atMs - b.atMs);
  for (const marker of inside) {
    const last = groups.at(-1);
    if (last !== undefined && marker.atMs - last.atMs < (toMs - fromMs) * CLOSE) last.markers.push(marker);
    else groups.push({ atMs: marker.atMs, markers: [marker] });
  }
  return groups;
}

/** A marker in the address: a change set by its id, the rest by kind, service and moment. Pure. */
export const markKey = (marker: Marker): string =>
  marker.kind === "change"
    ? `change:${marker.changeSetId}`
    : `${marker.kind}:${marker.service}:${marker.atMs}`;

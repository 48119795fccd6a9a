"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { type CallPath, callPathsOf } from "../../domain/traces/calls.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { Button } from "../kit/button.tsx";
import { useDurationWords } from "./words.ts";

const ROW_PX = 24;
/** Narrower than this part of the picture is not drawn. */
const LEAST_PART = 0.002;

interface Box {
  readonly at: number;
  readonly path: CallPath;
  readonly left: number;
  readonly width: number;
  readonly level: number;
}

/** Calls merged by who called what, each as wide as the work at and below it. A click looks into one. */
export function Flame({ trace, onSelect }: { trace: Trace; onSelect: (row: number) => void }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const paths = useMemo(() => callPathsOf(trace), [trace]);
  const [focus, setFocus] = useState(-1);
  const boxes = useMemo(() => boxesOf(paths, focus), [paths, focus]);
  const levels = boxes.reduce((most, { level }) => Math.max(most, level + 1), 0);
  const wholeNs =
    paths[focus]?.sumNs ?? paths.reduce((sum, one) => (one.parent < 0 ? sum + one.sumNs : sum), 0);
  return (
    <div className="px-4 py-3" data-testid="flame">
      <div className="flex flex-wrap items-center gap-3 pb-2 text-12 text-ink-3">
        <p>{t("flame.what")}</p>
        {focus >= 0 && (
          <Button onClick={() => setFocus(-1)} className="ms-auto">
            {t("flame.whole")}
          </Button>
        )}
      </div>
      <div className="relative" style={{ height: levels * ROW_PX }}>
        {boxes.map(({ at, path, left, width, level }) => {
          const words = `${path.service} ${path.name} · ${write(path.sumNs)} (${Math.round((path.sumNs / Math.max(1, wholeNs)) * 100)} %) · ${t("spans", { count: path.spans })}`;
          return (
            <button
              key={at}
              type="button"
              aria-label={words}
              title={words}
              onClick={() => {
                setFocus(at === focus ? -1 : at);
                onSelect(path.row);
              }}
              className={`absolute overflow-hidden whitespace-nowrap border-surface-0 border-r border-b px-1 text-left text-12 leading-[22px] ${path.errors > 0 ? "bg-failed text-surface-0" : level % 2 === 0 ? "bg-[color-mix(in_oklch,var(--ink-3)_34%,var(--surface-0))]" : "bg-[color-mix(in_oklch,var(--ink-3)_22%,var(--surface-0))]"} hover:outline-2 hover:outline-ink hover:-outline-offset-2`}
              style={{
                left: `${left * 100}%`,
                width: `${width * 100}%`,
                top: level * ROW_PX,
                height: ROW_PX,
              }}
            >
              {width > 0.03 && (
                <>
                  <span className="font-medium">{path.service}</span> {path.name}
                </>
              )}
            </button>
          );
        })}
      </div>
    </div>
  );
}

/** Call paths as boxes: those above the one that is looked into as wide as all, then it and what is below it. Pure. */
function boxesOf(paths: readonly CallPath[], focus: number): readonly Box[] {
  const boxes: Box[] = [];
  const callers: number[] = [];
  for (let at = paths[focus]?.parent ?? -1; at >= 0; at = paths[at]?.parent ?? -1) callers.unshift(at);
  for (const [level, at] of callers.entries()) {
    const path = paths[at];
    if (path !== undefined) boxes.push({ at, path, left: 0, width: 1, level });
  }
  const roots = focus >= 0 ? [focus] : paths.flatMap(({ parent }, at) => (parent < 0 ? [at] : []));
  const wholeNs = Math.max(
    1,
    roots.reduce((sum, at) => sum + (paths[at]?.sumNs ?? 0), 0),
  );
  const place = new Map<number, number>();
  let left = 0;
  for (const root of roots) {
    place.set(root, left);
    left += (paths[root]?.sumNs ?? 0) / wholeNs;
    for (let at = root; at < (paths[root]?.end ?? 0); at += 1) {
      const path = paths[at];
      const own = place.get(at);
      if (path === undefined || own === undefined) continue;
      const width = path.sumNs / wholeNs;
      if (width < LEAST_PART) continue;
      boxes.push({ at, path, left: own, width, level: path.depth });
      let from = own;
      for (let below = at + 1; below < path.end; below = paths[below]?.end ?? path.end) {
        place.set(below, from);
        from += (paths[below]?.sumNs ?? 0) / wholeNs;
      }
    }
  }
  return boxes;
}

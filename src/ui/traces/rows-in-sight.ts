"use client";

import { useCallback, useEffect, useState } from "react";

/** Rows drawn beyond what is in sight, on each side. */
const BEYOND = 8;
const ROW_PX = { wide: 32, narrow: 44 } as const;
const NARROW = "(max-width: 767px)";

/** Which rows of one height are in sight of their scrolling box. Renders only when another row comes into sight. */
export function useRowsInSight(count: number) {
  const [box, setBox] = useState<HTMLElement | null>(null);
  const [rowPx, setRowPx] = useState<number>(ROW_PX.wide);
  const [range, setRange] = useState({ first: 0, last: 60 });
  useEffect(() => {
    const media = window.matchMedia(NARROW);
    const look = () => setRowPx(media.matches ? ROW_PX.narrow : ROW_PX.wide);
    look();
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  useEffect(() => {
    if (box === null) return;
    const look = () => {
      const first = Math.max(0, Math.floor(box.scrollTop / rowPx) - BEYOND);
      const last = Math.ceil((box.scrollTop + box.clientHeight) / rowPx) + BEYOND;
      setRange((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => {
      box.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [box, rowPx]);
  const scrollTo = useCallback(
    (place: number): void => {
      if (box === null || place < 0) return;
      const top = place * rowPx;
      if (top < box.scrollTop) box.scrollTo({ top });
      else if (top + rowPx > box.scrollTop + box.clientHeight)
        box.scrollTo({ top: top + rowPx - box.clientHeight });
    },
    [box, rowPx],
  );
  return {
    first: Math.min(range.first, Math.max(0, count - 1)),
    last: Math.min(range.last, count),
    rowPx,
    setBox,
    scrollTo,
  };
}

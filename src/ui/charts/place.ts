/** Where the plot lies in its chart, px: what is laid over it is placed by these. */
export const PLOT_PX = { left: 56, right: 8, top: 6, bottom: 20, height: 156 } as const;

/** Where a moment lies in a picture: 0 at its start, 1 at its end. Pure. */
export const placeOf = (
  atMs: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number => (atMs - fromMs) / (untilMs - fromMs);

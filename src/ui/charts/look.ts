/** Greys, told apart by dashes: colour means deviation (CONSOLE.md). */
const STROKES = ["var(--ink)", "var(--ink-2)", "var(--ink-3)"] as const;
const DASHES = ["", "6 3", "2 2"] as const;

/** How the line at an index is drawn. */
export const lookOf = (index: number) => ({
  stroke: STROKES[index % STROKES.length] ?? "var(--ink)",
  dash: DASHES[Math.floor(index / STROKES.length) % DASHES.length] ?? "",
});

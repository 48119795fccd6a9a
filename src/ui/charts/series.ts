/** A line of a chart. */
export interface Line {
  /** Unique in its chart. */
  readonly key: string;
  readonly label: string;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** Lines beyond these are not told apart by any eye. */
export const MOST_LINES = 8;

/** The lines that reach highest, highest first; ties in the order of their labels. Pure. */
export function topLines(lines: readonly Line[]): readonly Line[] {
  const heightOf = (line: Line): number =>
    line.points.reduce((highest, [, value]) => Math.max(highest, value), 0);
  return lines
    .map((line) => ({ line, height: heightOf(line) }))
    .toSorted(
      (a, b) => b.height - a.height || a.line.label.localeCompare(b.line.label, "en", { numeric: true }),
    )
    .slice(0, MOST_LINES)
    .map(({ line }) => line);
}

export type Row = { readonly at: number } & Readonly<Record<string, number>>;

/** One row for each step of a span, so that a step without data is a gap and not a slope. Pure. */
export function rowsOfLines(
  lines: readonly Line[],
  { fromMs, toMs, stepMs }: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
): readonly Row[] {
  const rows = new Map<number, { at: number } & Record<string, number>>();
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs; at += stepMs) rows.set(at, { at });
  for (const { key, points } of lines) {
    for (const [at, value] of points) {
      const row = rows.get(at);
      if (row !== undefined) row[key] = value;
    }
  }
  return [...rows.values()];
}

/** The value of a line at a moment: of the last point at or before it, if that is at most two steps old. Pure. */
export function valueAt(line: Line, atMs: number, stepMs: number): number | undefined {
  const { points } = line;
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  const found = points[low - 1];
  return found !== undefined && atMs - found[0] <= 2 * stepMs ? found[1] : undefined;
}

const ROUND = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];

/** A round number that no value exceeds, for the top of a picture; `empty` where all is 0. Pure. */
export function topOf(rows: readonly Row[], empty: number): number {
  let highest = 0;
  for (const { at: _, ...values } of rows)
    for (const value of Object.values(values)) highest = Math.max(highest, value);
  if (highest <= 0) return empty;
  const power = 10 ** Math.floor(Math.log10(highest));
  return (ROUND.find((one) => one * power >= highest) ?? 10) * power;
}

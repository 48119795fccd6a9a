/**
 * The quantile `q` of a histogram in cumulative buckets by rising bound, the last of them infinite (null), as
 * Prometheus' `histogram_quantile` gives it (promql/quantile.go, v2.42): linear inside a bucket, the lowest bucket from
 * 0 where its bound is above 0, the highest finite bound for what lies beyond it. Undefined where nothing was counted,
 * or no infinite bucket.
 */
export function quantileOf(
  q: number,
  buckets: readonly (readonly [le: number | null, count: number])[],
): number | undefined {
  const last = buckets.at(-1);
  if (last === undefined || last[0] !== null || buckets.length < 2) return undefined;
  const rising: (readonly [le: number | null, count: number])[] = [];
  let highest = 0;
  for (const [le, count] of buckets) {
    // Sums of floats may fall back by a hair.
    highest = Math.max(highest, count);
    rising.push([le, highest]);
  }
  if (highest === 0) return undefined;
  const rank = q * highest;
  const index = Math.min(
    rising.findIndex(([, count]) => count >= rank),
    rising.length - 1,
  );
  const [upper, count] = rising[index] ?? [null, 0];
  const below = rising[index - 1];
  if (upper === null) return below?.[0] ?? undefined;
  if (index === 0 && upper <= 0) return upper;
  const lower = below?.[0] ?? 0;
  const before = below?.[1] ?? 0;
  return lower + (upper - lower) * ((rank - before) / (count - before));
}

/** An instance that has just started begins with this share of its weight, in percent: Envoy's default. */
const LEAST_PERCENT = 10;
/** A weight rises in so many steps: the set is put together anew at each. */
const STEPS = 18;

/** Percent of its weight that an instance has after so long, 10 … 100; rises, never falls. 100 where nothing ramps. */
export function slowStartPercent(ageMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || ageMs >= slowStartMs) return 100;
  const step = Math.floor((Math.max(0, ageMs) * STEPS) / slowStartMs);
  return LEAST_PERCENT + Math.round((step * (100 - LEAST_PERCENT)) / STEPS);
}

/** Until the next step, in ms; infinite where it has its whole weight. */
export function nextStepMs(ageMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || ageMs >= slowStartMs) return Number.POSITIVE_INFINITY;
  const step = Math.floor((Math.max(0, ageMs) * STEPS) / slowStartMs);
  return Math.max(1, ((step + 1) * slowStartMs) / STEPS - Math.max(0, ageMs));
}

import { DomainError } from "../../domain/errors.ts";
import type { Windows } from "../../domain/metrics/query.ts";
import type { RangeSpan } from "./metrics-reader.ts";

export const MOST_STEPS = 1_100;
const LEAST_WINDOW_MS = 60_000;

/** The windows of a span: points at whole steps since 1970, so that who asks again a moment later gets the same ones. */
export function windowsOf({ fromMs, toMs, stepMs, windowMs }: RangeSpan): Windows {
  if (!(stepMs >= 1_000 && toMs >= fromMs)) {
    throw new DomainError("INVALID", "A span starts before it ends, and its steps are a second or longer.");
  }
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  const steps = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  if (steps > MOST_STEPS) {
    throw new DomainError("INVALID", `At most ${MOST_STEPS} points at once: take longer steps.`);
  }
  return { fromMs: first, stepMs, steps, windowMs: windowMs ?? Math.max(stepMs, LEAST_WINDOW_MS) };
}

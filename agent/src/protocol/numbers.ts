import * as z from "zod";

/** A whole number within bounds, both of them allowed. */
export const wholeNumber = (least: number, most: number) =>
  z
    .int({ error: "must be a whole number" })
    .min(least, { error: `must be at least ${least}` })
    .max(most, { error: `must be at most ${most}` });
/** Above 0 and at most 100. */
export const percent = z
  .number({ error: "must be a number" })
  .gt(0, { error: "must be above 0 %" })
  .max(100, { error: "must be at most 100 %" });
export const HOUR_MS = 3_600_000;

/** How long a change holds, as chosen: without an end, for a while from its publishing, or until a moment. */
export const UNTIL_CHOICES = ["none", "15m", "1h", "4h", "custom"] as const;
export type UntilChoice = (typeof UNTIL_CHOICES)[number];

export interface Until {
  readonly choice: UntilChoice;
  /** The moment of `custom` as its field gives it: local time, to the second. */
  readonly at: string;
}

export const NO_END: Until = { choice: "none", at: "" };

const MINUTE_MS = 60_000;
const FOR_MS: Readonly<Record<Exclude<UntilChoice, "none" | "custom">, number>> = {
  "15m": 15 * MINUTE_MS,
  "1h": 60 * MINUTE_MS,
  "4h": 240 * MINUTE_MS,
};

/** The moment in UTC; undefined without an end, or while the custom one can't be read. Pure. */
export function untilAt({ choice, at }: Until, nowMs: number): string | undefined {
  if (choice === "none") return undefined;
  if (choice !== "custom") return new Date(nowMs + FOR_MS[choice]).toISOString();
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** What is wrong with it; undefined when it can be sent. Pure. */
export function untilFault(until: Until, nowMs: number): "unread" | "past" | undefined {
  if (until.choice !== "custom") return undefined;
  const at = untilAt(until, nowMs);
  if (at === undefined) return "unread";
  return Date.parse(at) <= nowMs ? "past" : undefined;
}

/** A moment as the field takes it: local time, to the second. Pure. */
export function localMoment(ms: number): string {
  const shifted = ms - new Date(ms).getTimezoneOffset() * MINUTE_MS;
  return new Date(shifted).toISOString().slice(0, 19);
}

/** A moment of the browser's own field as the control plane writes times; undefined for none. Pure. */
export function momentOf(field: string | undefined): string | undefined {
  const ms = field === undefined ? Number.NaN : Date.parse(field);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

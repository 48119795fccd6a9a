import type { Leadership } from "../leadership.ts";
import type { AuditStore } from "./audit-event.ts";

/** Longer than a year, so that a yearly review finds all of it. */
export const AUDIT_DAYS = 400;
const DAY_MS = 86_400_000;
const AT_ONCE = 500;
const AGAIN_MS = 60_000;
const PAUSE_MS = 50;

export interface RetentionOptions {
  readonly store: Pick<AuditStore, "forget">;
  readonly leadership: Leadership;
  readonly today: () => Date;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onProblem: (error: unknown) => void;
}

/** Drops entries older than 400 days, daily and in small steps, while this process leads. Gives what ends it. */
export const keepAuditBounded = (options: RetentionOptions): (() => void) =>
  options.leadership.lead(async (_, signal) => {
    const { store, today, sleep, onProblem } = options;
    while (!signal.aborted) {
      let waitMs = DAY_MS;
      try {
        const before = new Date(today().getTime() - AUDIT_DAYS * DAY_MS);
        if ((await store.forget(before, AT_ONCE)) === AT_ONCE) waitMs = PAUSE_MS;
      } catch (error) {
        onProblem(error);
        waitMs = AGAIN_MS;
      }
      await sleep(waitMs, signal).catch(() => undefined);
    }
  });

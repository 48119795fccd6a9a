import type { LogRow } from "../../domain/replay/recorded.ts";

export interface LogSpan {
  readonly env: string;
  /** `*`: every service that has a breaker of that name. */
  readonly service: string;
  readonly breaker: string;
  /** Wall time, ms; a row is where its period of 5 s ended. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface FoundLogs {
  readonly rows: readonly LogRow[];
  /** Rows before this are left out, since there are more calls than `most`. */
  readonly cutMs?: number;
}

/** What breakers saw, as agents recorded it. Rejects with UNAVAILABLE while the telemetry store is away. */
export interface CallLogReader {
  /** The newest rows of a span that hold at most `most` calls together. */
  rows(span: LogSpan, most: number): Promise<FoundLogs>;
}

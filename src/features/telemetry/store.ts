/** How long a query may take when nothing else is said. */
export const QUERY_DEADLINE_MS = 5_000;

export interface QueryOptions {
  /** Until the answer is whole. Default `QUERY_DEADLINE_MS`. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface InsertOptions {
  /** Until the rows are stored. Default `QUERY_DEADLINE_MS`. */
  readonly deadlineMs?: number;
}

/**
 * Where spans and samples are, in ClickHouse's SQL: the store beside the control plane, or a ClickHouse of one's own.
 * The tables are those of the OpenTelemetry Collector (`docs/telemetry.md`). Nothing that moves a lever waits for it.
 */
export interface TelemetryStore {
  /**
   * Rows of a query, with ClickHouse's typed parameters (`{name:Type}`). 64-bit integers come as text where they may not
   * fit a number. Throws `DomainError` UNAVAILABLE past the deadline or while the store is away, INVALID for SQL that
   * the store refuses.
   */
  query<Row>(
    sql: string,
    params?: Readonly<Record<string, unknown>>,
    options?: QueryOptions,
  ): Promise<readonly Row[]>;
  /** All rows or none; resolves once they are stored. Throws like `query`; after UNAVAILABLE they may be stored or not. */
  insert(table: string, rows: readonly object[], options?: InsertOptions): Promise<void>;
  /** Undefined once queries are answered; else why not, in words for people. */
  readonly unavailable: string | undefined;
}

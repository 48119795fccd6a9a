import { EDGES, REFUSED_CALLS } from "./edges.ts";
import { METRIC_TABLES } from "./metrics.ts";
import { ROLLUPS, WITHOUT_CALL_LOGS } from "./rollups.ts";
import { TRACE_TABLES } from "./traces.ts";

export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * In order. Each statement may be run again and does nothing then: ClickHouse has no transaction around them, and two
 * control planes may come at once. What was released is never changed; a new line follows.
 */
export const MIGRATIONS: readonly Migration[] = [
  { id: 1, name: "spans", statements: TRACE_TABLES },
  { id: 2, name: "samples", statements: METRIC_TABLES },
  { id: 3, name: "edges", statements: EDGES },
  { id: 4, name: "rollups", statements: ROLLUPS },
  { id: 5, name: "refused calls", statements: REFUSED_CALLS },
  { id: 6, name: "call logs", statements: WITHOUT_CALL_LOGS },
];

export const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS leverframe_migrations (
    Id UInt32, Name String, At DateTime DEFAULT now()
  ) ENGINE = MergeTree ORDER BY Id`;

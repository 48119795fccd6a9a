import { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { Batch } from "./group-commit.ts";
import { METRIC_COLUMNS, type MetricTable } from "./metric-points.ts";
import { Refusal } from "./refusal.ts";
import { TRACE_COLUMNS } from "./trace-columns.ts";

type Columns = readonly (readonly [name: string, type: string])[];

export const TRACES_TABLE = "otel_traces";
export const metricsTable = (kind: MetricTable): string => `otel_metrics_${kind}`;

const statementOf = (table: string, columns: Columns): string => {
  const names = columns.map(([name]) => `\`${name}\``).join(", ");
  const structure = columns.map(([name, type]) => `\`${name}\` ${type}`).join(", ");
  // By input(), so that a table of other types (an older Collector's) takes the rows all the same.
  return `INSERT INTO ${table} (${names}) SELECT ${names} FROM input('${structure}') FORMAT RowBinary`;
};

const STATEMENTS: ReadonlyMap<string, string> = new Map([
  [TRACES_TABLE, statementOf(TRACES_TABLE, TRACE_COLUMNS)],
  ...(Object.keys(METRIC_COLUMNS) as MetricTable[]).map(
    (kind) => [metricsTable(kind), statementOf(metricsTable(kind), METRIC_COLUMNS[kind])] as const,
  ),
]);

/** How long rows wait for a store that is away: a restart of it, and no more. Exporters wait 10 s. */
const PATIENCE_MS = 8_000;
const INSERT_MS = 60_000;
const AGAIN_MS = 200;

/** Puts groups of rows into the store, again while it restarts: a row may be there twice then, and is never lost. */
export class Inserter {
  #client: ClickHouseClient | undefined;
  failed = 0;

  /** Undefined: the store is away. */
  use(url: string | undefined): void {
    void this.#client?.close().catch(() => undefined);
    this.#client =
      url === undefined
        ? undefined
        : createClient({
            url,
            application: "leverframe-ingest",
            request_timeout: INSERT_MS,
            log: { level: ClickHouseLogLevel.OFF },
          });
  }

  get isThere(): boolean {
    return this.#client !== undefined;
  }

  /** Resolves once all is stored. Throws a `Refusal`: away, or failed for what the store refuses. */
  async store(batches: readonly Batch[]): Promise<void> {
    await Promise.all(batches.map((batch) => this.#one(batch)));
  }

  async #one({ table, chunks }: Batch): Promise<void> {
    const query = STATEMENTS.get(table);
    if (query === undefined) throw new Error(`there is no statement for ${table}`);
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const client = this.#client;
      try {
        if (client === undefined) throw new Refusal("away", "the telemetry store is away; come again");
        const answer = await client.exec({ query, values: Readable.from(chunks, { objectMode: false }) });
        answer.stream.destroy();
        return;
      } catch (error) {
        this.failed += 1;
        if (error instanceof ClickHouseError && PERMANENT.has(error.code)) {
          throw new Refusal(
            "failed",
            `the telemetry store refuses these rows: ${error.message.slice(0, 300)}`,
          );
        }
        if (performance.now() > until) {
          throw new Refusal("away", "the telemetry store does not take rows now; come again");
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

/** Of ClickHouse's codes: parsing, types, unknown columns; trying again changes nothing. */
const PERMANENT = new Set(["6", "16", "27", "33", "53", "62", "117", "131"]);

import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { DomainError } from "../../domain/errors.ts";
import {
  type InsertOptions,
  QUERY_DEADLINE_MS,
  type QueryOptions,
  type TelemetryStore,
} from "../../features/telemetry/store.ts";
import { sleep } from "../clock.ts";
import { Deadline } from "../deadline.ts";
import type { Log } from "../log.ts";
import { MIGRATIONS, MIGRATIONS_TABLE } from "./schema/migrations.ts";

/** What ClickHouse says when it is not the statement's fault: time, memory, too much at once, read-only, parts. */
const NOT_NOW = new Set(["159", "202", "241", "242", "252", "999", "425", "210", "203"]);
const LOOK_MS = 5_000;
const RETRY_MS = { first: 200, most: 5_000 };
const MIGRATE_MS = 30_000;

/**
 * The telemetry store over ClickHouse's HTTP interface: one adapter for the store beside us and for a ClickHouse of
 * one's own. It makes the tables where they are missing, and looks every 5 s whether the store still answers.
 */
export class ClickHouseStore implements TelemetryStore {
  readonly #log: Log;
  #client: ClickHouseClient | undefined;
  #unavailable: string | undefined;
  #work = new AbortController();

  constructor(log: Log) {
    this.#log = log;
    this.#unavailable = "the telemetry store is starting";
  }

  get unavailable(): string | undefined {
    return this.#unavailable;
  }

  /** Answers from there on: `http://user:password@host:port/database`. Tables are made first. */
  use(url: string): void {
    this.away("the telemetry store is being prepared");
    const client = createClient({
      url,
      application: "leverframe",
      request_timeout: 120_000,
      max_open_connections: 16,
      // What goes wrong is told by whoever asked.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0, async_insert: 0 },
    });
    this.#client = client;
    this.#work = new AbortController();
    void this.#follow(client, this.#work.signal);
  }

  /** Answers no more, for a reason in words. */
  away(why: string): void {
    this.#unavailable = why;
    this.#work.abort();
    void this.#client?.close().catch(() => undefined);
    this.#client = undefined;
  }

  async query<Row>(
    sql: string,
    params: Readonly<Record<string, unknown>> = {},
    options: QueryOptions = {},
  ): Promise<readonly Row[]> {
    return this.#within(options.deadlineMs, options.signal, async (client, abort_signal, seconds) => {
      const result = await client.query({
        query: sql,
        query_params: params,
        format: "JSONEachRow",
        abort_signal,
        clickhouse_settings: { max_execution_time: seconds },
      });
      return result.json<Row>();
    });
  }

  async insert(table: string, rows: readonly object[], options: InsertOptions = {}): Promise<void> {
    if (rows.length === 0) return;
    await this.#within(options.deadlineMs, undefined, async (client, abort_signal) => {
      await client.insert({ table, values: rows, format: "JSONEachRow", abort_signal });
    });
  }

  async #within<Result>(
    deadlineMs: number = QUERY_DEADLINE_MS,
    signal: AbortSignal | undefined,
    work: (client: ClickHouseClient, signal: AbortSignal, seconds: number) => Promise<Result>,
  ): Promise<Result> {
    const client = this.#client;
    if (client === undefined || this.#unavailable !== undefined) {
      throw new DomainError("UNAVAILABLE", `Telemetry is not there now: ${this.#unavailable ?? "starting"}.`);
    }
    using deadline = new Deadline(deadlineMs, this.#work.signal, signal);
    try {
      return await work(client, deadline.signal, Math.max(1, Math.ceil(deadlineMs / 1_000)));
    } catch (error) {
      signal?.throwIfAborted();
      throw toDomainError(error, deadline.passed ? deadlineMs : undefined);
    }
  }

  /** Makes the tables, then looks from time to time. */
  async #follow(client: ClickHouseClient, signal: AbortSignal): Promise<void> {
    let retryMs = RETRY_MS.first;
    while (!signal.aborted) {
      try {
        await migrate(client, signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        this.#unavailable = `the telemetry store can't be prepared: ${wordsOf(error)}`;
        this.#log.warn({ err: error }, "the telemetry store could not be prepared; tried again");
        await sleep(retryMs, signal).catch(() => undefined);
        retryMs = Math.min(RETRY_MS.most, retryMs * 2);
      }
    }
    while (!signal.aborted) {
      const answer = await client.ping({ select: true, abort_signal: AbortSignal.timeout(LOOK_MS) });
      if (signal.aborted) return;
      this.#unavailable = answer.success
        ? undefined
        : `the telemetry store does not answer: ${wordsOf(answer.error)}`;
      await sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }
}

/** Runs what was not run there yet. Every statement may be run twice. */
async function migrate(client: ClickHouseClient, signal: AbortSignal): Promise<void> {
  const run = async (query: string): Promise<void> => {
    using deadline = new Deadline(MIGRATE_MS, signal);
    await client.command({ query, abort_signal: deadline.signal });
  };
  await run(MIGRATIONS_TABLE);
  using deadline = new Deadline(MIGRATE_MS, signal);
  const result = await client.query({
    query: "SELECT Id FROM leverframe_migrations",
    format: "JSONEachRow",
    abort_signal: deadline.signal,
  });
  const done = new Set((await result.json<{ Id: number }>()).map(({ Id }) => Id));
  for (const migration of MIGRATIONS) {
    if (done.has(migration.id)) continue;
    for (const statement of migration.statements) await run(statement);
    await client.insert({
      table: "leverframe_migrations",
      values: [{ Id: migration.id, Name: migration.name }],
      format: "JSONEachRow",
    });
  }
}

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, 200) ?? "";

function toDomainError(error: unknown, lateMs: number | undefined): DomainError {
  if (lateMs !== undefined) {
    const why = `The telemetry store did not answer within ${lateMs} ms. Ask for a shorter time, or for less.`;
    return new DomainError("UNAVAILABLE", why, { cause: error });
  }
  if (error instanceof ClickHouseError && !NOT_NOW.has(error.code)) {
    return new DomainError("INVALID", `The telemetry store refuses this: ${wordsOf(error)}`, {
      cause: error,
    });
  }
  return new DomainError("UNAVAILABLE", `Telemetry is not there now: ${wordsOf(error)}`, { cause: error });
}

import { ClickHouseServer } from "./clickhouse-server.ts";
import { PostgresServer } from "./postgres-server.ts";

/**
 * Where the control planes of tests keep what is not etcd's. Default: SQLite and the store beside them. With
 * `LEVERFRAME_TEST_STORES=servers`: a database of a real PostgreSQL each, and a server that speaks ClickHouse's protocol.
 */
export const BY_SERVERS = process.env["LEVERFRAME_TEST_STORES"] === "servers";

let postgres: Promise<PostgresServer> | undefined;
let databases = 0;

/** Settings for one control plane, and its way out. What a test says itself stands. */
export class ChosenStores implements AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly #clickhouse: ClickHouseServer | undefined;

  private constructor(env: Readonly<Record<string, string>>, clickhouse: ClickHouseServer | undefined) {
    this.env = env;
    this.#clickhouse = clickhouse;
  }

  static async open(said: Readonly<Record<string, string>> = {}): Promise<ChosenStores> {
    if (!BY_SERVERS) return new ChosenStores({}, undefined);
    const env: Record<string, string> = {};
    if (said["DATABASE_URL"] === undefined) {
      // One server a test process: it ends with us, whoever ends us.
      postgres ??= PostgresServer.start();
      env["DATABASE_URL"] = await (await postgres).createDatabase(`stores_${++databases}`);
    }
    if (said["LEVERFRAME_TELEMETRY"] !== "on" || said["CLICKHOUSE_URL"] !== undefined) {
      return new ChosenStores(env, undefined);
    }
    const clickhouse = await ClickHouseServer.start();
    return new ChosenStores({ ...env, CLICKHOUSE_URL: clickhouse.url }, clickhouse);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clickhouse?.[Symbol.asyncDispose]();
  }
}

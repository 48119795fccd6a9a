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
  /** Where the database writes, where it is not below the control plane's own directory. */
  readonly sqlDir: string | undefined;
  readonly #clickhouse: ClickHouseServer | undefined;

  private constructor(
    env: Readonly<Record<string, string>>,
    sqlDir: string | undefined,
    clickhouse: ClickHouseServer | undefined,
  ) {
    this.env = env;
    this.sqlDir = sqlDir;
    this.#clickhouse = clickhouse;
  }

  static async open(said: Readonly<Record<string, string>> = {}): Promise<ChosenStores> {
    if (!BY_SERVERS) return new ChosenStores({}, undefined, undefined);
    const env: Record<string, string> = {};
    let sqlDir: string | undefined;
    if (said["DATABASE_URL"] === undefined) {
      // One server a test process: it ends with us, whoever ends us.
      postgres ??= PostgresServer.start();
      const server = await postgres;
      env["DATABASE_URL"] = await server.createDatabase(`stores_${++databases}`);
      sqlDir = server.dir;
    }
    if (said["LEVERFRAME_TELEMETRY"] !== "on" || said["CLICKHOUSE_URL"] !== undefined) {
      return new ChosenStores(env, sqlDir, undefined);
    }
    const clickhouse = await ClickHouseServer.start();
    return new ChosenStores({ ...env, CLICKHOUSE_URL: clickhouse.url }, sqlDir, clickhouse);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clickhouse?.[Symbol.asyncDispose]();
  }
}

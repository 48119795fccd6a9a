import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { getPrismaClientClass as sqliteClass } from "./generated/internal/class.ts";
import { getPrismaClientClass as postgresqlClass } from "./generated/internal/class-postgresql.ts";

export type Provider = "sqlite" | "postgresql";

const makeSqlite = (file: string) => new (sqliteClass())({ adapter: new OneConnection(libsqlConfig(file)) });

/** Both providers answer through this one type: their models are the same (`scripts/prisma-schemas.mjs`). */
export type SqlClient = ReturnType<typeof makeSqlite>;
/** The client inside of a transaction. */
export type SqlTransaction = Parameters<Parameters<SqlClient["$transaction"]>[0]>[0];

/** Of each query, and of connecting. */
export const QUERY_MS = 10_000;
const CONNECT_MS = 3_000;
/** SQLite answers on the event loop, so that waiting for another process's lock must be short. */
const BUSY_MS = 250;
const POOL = 10;

export interface OpenedClient {
  readonly provider: Provider;
  readonly client: SqlClient;
  /** What to log: never a password. */
  readonly place: string;
  /** Once connected, before the first use. */
  prepare(): Promise<void>;
}

/**
 * A client for `file:…` (SQLite) or `postgresql://…`. Nothing is connected yet. Throws an `Error` that says what a URL
 * may be.
 */
export function openClient(url: string): OpenedClient {
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgresql(url);
  if (url.startsWith("file:")) return openSqlite(url);
  throw new Error(
    "DATABASE_URL is not usable: give postgresql://user:password@host:5432/name, or file:/path/history.db.",
  );
}

function openSqlite(url: string): OpenedClient {
  const file = url.startsWith("file://") ? fileURLToPath(url) : path.resolve(url.slice("file:".length));
  mkdirSync(path.dirname(file), { recursive: true });
  // It holds people's password hashes: for its owner alone. SQLite gives its journal the same mode.
  closeSync(openSync(file, "a", 0o600));
  const client = makeSqlite(file);
  return {
    provider: "sqlite",
    client,
    place: file,
    async prepare() {
      await client.$queryRawUnsafe("PRAGMA journal_mode = WAL");
      await client.$executeRawUnsafe("PRAGMA synchronous = FULL");
    },
  };
}

const libsqlConfig = (file: string) => ({ url: pathToFileURL(file).href, timeout: BUSY_MS });

/**
 * libsql opens another connection for each transaction, and leaves the one before to the garbage collector: two file
 * descriptors a transaction, until there are none left. The adapter lets one transaction run at a time and holds all
 * other queries meanwhile, so one connection serves for all. It takes the write lock at once.
 */
class OneConnection extends PrismaLibSql {
  override createClient(config: Parameters<PrismaLibSql["createClient"]>[0]) {
    const client = super.createClient(config);
    let open = false;
    const end = async (sql: "COMMIT" | "ROLLBACK"): Promise<void> => {
      if (!open) return;
      try {
        await client.execute(sql);
        open = false;
      } finally {
        // What could not be committed must not stay open for the next one.
        if (open) {
          open = false;
          await client.execute("ROLLBACK").catch(() => undefined);
          client.reconnect();
        }
      }
    };
    const transaction: typeof client.transaction = async () => {
      try {
        await client.execute("BEGIN IMMEDIATE");
      } catch (error) {
        // libsql leaves a statement that met a lock unfinished, and later commits of its connection fail by that.
        client.reconnect();
        throw error;
      }
      open = true;
      return {
        execute: client.execute.bind(client),
        batch: client.batch.bind(client),
        executeMultiple: client.executeMultiple.bind(client),
        commit: () => end("COMMIT"),
        rollback: () => end("ROLLBACK"),
        close: () => void end("ROLLBACK"),
        get closed() {
          return !open;
        },
      };
    };
    return Object.assign(client, { transaction });
  }
}

function openPostgresql(url: string): OpenedClient {
  const adapter = new PrismaPg(
    {
      connectionString: url,
      max: POOL,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      statement_timeout: QUERY_MS,
      idle_in_transaction_session_timeout: QUERY_MS,
      keepAlive: true,
      application_name: "leverframe",
    },
    // Reported by the query that meets it; without a listener an idle connection's end would end the process.
    { onPoolError: () => undefined, onConnectionError: () => undefined },
  );
  const client = new (postgresqlClass())({ adapter });
  const { host, pathname } = new URL(url);
  return { provider: "postgresql", client, place: `${host}${pathname}`, prepare: async () => undefined };
}

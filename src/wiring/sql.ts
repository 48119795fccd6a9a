import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Environment } from "../env.ts";
import type { Log } from "../infra/log.ts";
import { type Database, openDatabase } from "../infra/sql/database.ts";

/** The database of history, people and audit: by DATABASE_URL, else SQLite beside the other data. Returns at once. */
export const openSql = (environment: Environment, log: Log): Database =>
  openDatabase(
    environment.DATABASE_URL ?? pathToFileURL(path.resolve(environment.LEVERFRAME_DATA, "history.db")).href,
    { log: log.child({ part: "sql" }) },
  );

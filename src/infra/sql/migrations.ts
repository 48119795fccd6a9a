import { createHash, randomUUID } from "node:crypto";
import type { Provider, SqlClient, SqlTransaction } from "./adapters.ts";
import { MIGRATIONS } from "./generated/migrations.ts";

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const migrationsOf = (provider: Provider): readonly Migration[] => MIGRATIONS[provider];

/** A schema that can't be brought to ours by trying again; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** The number under which Prisma's own command line takes its lock, so that it and we keep out of each other's way. */
const LOCK = 72_707_369;
const TRANSACTION_MS = 120_000;

/**
 * Brings a database to the schema of this release: applies what is missing of the committed migrations, in order, all in
 * one transaction, and notes each in `_prisma_migrations` as Prisma does. Only one process does it at a time; the
 * others wait, and find it done. Migrations of a newer release are left alone. Gives the names that it applied.
 * Throws a {@link MigrationError} when the database is not one that migrations lead from.
 */
export async function migrate(
  client: SqlClient,
  provider: Provider,
  migrations: readonly Migration[] = migrationsOf(provider),
): Promise<readonly string[]> {
  return client.$transaction(
    async (tx) => {
      await lock(tx, provider);
      const applied = await readApplied(tx);
      const missing = migrations.filter((one) => !applied.has(one.name));
      for (const one of migrations) refuseChanged(one, applied.get(one.name));
      for (const one of missing) await apply(tx, provider, one);
      return missing.map((one) => one.name);
    },
    { timeout: TRANSACTION_MS, maxWait: TRANSACTION_MS },
  );
}

async function lock(tx: SqlTransaction, provider: Provider): Promise<void> {
  // SQLite's transactions take the write lock as they begin.
  if (provider === "postgresql") await tx.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${LOCK})`);
  const time = provider === "postgresql" ? "TIMESTAMPTZ" : "DATETIME";
  const now = provider === "postgresql" ? "now()" : "current_timestamp";
  await tx.$executeRawUnsafe(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" ${time},
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" ${time},
    "started_at" ${time} NOT NULL DEFAULT ${now},
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`);
}

interface Applied {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: number | bigint;
}

async function readApplied(tx: SqlTransaction): Promise<ReadonlyMap<string, Applied>> {
  const rows = await tx.$queryRawUnsafe<Applied[]>(
    `SELECT "migration_name", "checksum", CASE WHEN "finished_at" IS NULL THEN 0 ELSE 1 END AS "finished"
     FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`,
  );
  return new Map(rows.map((row) => [row.migration_name, row]));
}

const checksumOf = (migration: Migration): string => createHash("sha256").update(migration.sql).digest("hex");

function refuseChanged(migration: Migration, applied: Applied | undefined): void {
  if (applied === undefined) return;
  if (Number(applied.finished) === 0) {
    throw new MigrationError(
      `The migration ${migration.name} was begun by Prisma's command line and never finished. Look at its "logs" in ` +
        `_prisma_migrations, repair the database or restore a backup, then run: prisma migrate resolve.`,
    );
  }
  if (applied.checksum !== checksumOf(migration)) {
    throw new MigrationError(
      `The migration ${migration.name} is not the one that this database was made by. Use the release that made it, ` +
        "or give an empty database: what etcd still holds (7 days) is replayed into it.",
    );
  }
}

async function apply(tx: SqlTransaction, provider: Provider, migration: Migration): Promise<void> {
  const steps = statementsOf(migration.sql);
  try {
    for (const statement of steps) await tx.$executeRawUnsafe(statement);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MigrationError(
      `The migration ${migration.name} failed, and nothing of it was applied: ${why}. Repair the database (or give an ` +
        "empty one), then wait: it is tried again. Levers move meanwhile, and the history catches up.",
      { cause: error },
    );
  }
  const finished = provider === "postgresql" ? "now()" : "current_timestamp";
  await tx.$executeRawUnsafe(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "applied_steps_count")
     VALUES ('${randomUUID()}', '${checksumOf(migration)}', ${finished}, '${migration.name}', ${steps.length})`,
  );
}

/** Prisma ends each statement with a semicolon at the end of a line. */
const statementsOf = (sql: string): readonly string[] =>
  sql
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.replace(/^\s*--.*$/gm, "").trim())
    .filter((statement) => statement !== "");

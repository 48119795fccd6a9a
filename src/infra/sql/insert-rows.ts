import type { SqlTransaction } from "./adapters.ts";
import * as Prisma from "./generated/internal/prismaNamespace.ts";

type Cell = string | number | bigint | Date | null;

/** Below SQLite's 32,766 parameters, and PostgreSQL's 65,535. */
const PARAMETERS = 8_000;

/**
 * Inserts rows of one shape in few statements. Prisma's own `createMany` works out a plan for each number of rows anew:
 * 0.5 ms a row on the loop that carries the levers.
 */
export async function insertRows(
  tx: SqlTransaction,
  table: "ChangeSet" | "ResourceVersion",
  rows: readonly Readonly<Record<string, Cell>>[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const names = Object.keys(first);
  const columns = Prisma.raw(names.map((name) => `"${name}"`).join(", "));
  const into = Prisma.sql`INSERT INTO ${Prisma.raw(`"${table}"`)} (${columns}) VALUES `;
  const step = Math.floor(PARAMETERS / names.length);
  for (let start = 0; start < rows.length; start += step) {
    const some = rows.slice(start, start + step);
    const values = some.map((row) => Prisma.sql`(${Prisma.join(names.map((name) => row[name] ?? null))})`);
    await tx.$executeRaw(Prisma.sql`${into}${Prisma.join(values)}`);
  }
}

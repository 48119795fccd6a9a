import type { Database } from "./database.ts";

export interface RetentionTerms {
  readonly before: Date;
  readonly keep: number;
  readonly signal: AbortSignal;
}

interface CrowdedResource {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
}

/** Of one transaction, so that nothing waits for it. */
const ROWS = 500;

/**
 * Drops versions that are older than `before`, are not among the newest `keep` of their resource, and were no longer in
 * force at `before`; then change sets older than `before` of which no version is left. Stops between two transactions
 * when aborted; what is left goes the next time. Gives how many versions went.
 */
export async function forget(database: Database, env: string, terms: RetentionTerms): Promise<number> {
  const crowded = await database.run(
    (client) => client.$queryRaw<CrowdedResource[]>`
      SELECT "service", "kind", "name" FROM "ResourceVersion" WHERE "env" = ${env}
      GROUP BY "service", "kind", "name" HAVING COUNT(*) > ${terms.keep}`,
  );
  let gone = 0;
  for (const { service, kind, name } of crowded) {
    if (terms.signal.aborted) return gone;
    gone += await forgetVersions(database, { env, service, kind, name }, terms);
  }
  await forgetChangeSets(database, env, terms);
  return gone;
}

const NEWEST_FIRST = [{ life: "desc" as const }, { revision: "desc" as const }];

async function forgetVersions(
  database: Database,
  ref: { env: string; service: string; kind: string; name: string },
  { before, keep, signal }: RetentionTerms,
): Promise<number> {
  const [lastKept, inForce] = await database.run(async (client) => [
    await client.resourceVersion.findFirst({ where: ref, orderBy: NEWEST_FIRST, skip: keep - 1 }),
    await client.resourceVersion.findFirst({ where: { ...ref, at: { lt: before } }, orderBy: NEWEST_FIRST }),
  ]);
  if (!lastKept || !inForce) return 0;
  const older = [lastKept, inForce].map(({ life, revision }) => ({
    OR: [{ life: { lt: life } }, { life, revision: { lt: revision } }],
  }));
  let gone = 0;
  while (!signal.aborted) {
    const count = await database.transaction(async (tx) => {
      const rows = await tx.resourceVersion.findMany({
        where: { ...ref, at: { lt: before }, AND: older },
        select: { changeSetId: true, edit: true },
        take: ROWS,
      });
      if (rows.length === 0) return 0;
      const { count } = await tx.resourceVersion.deleteMany({
        where: { ...ref, changeSetId: { in: rows.map((row) => row.changeSetId) } },
      });
      return count;
    });
    gone += count;
    if (count === 0) break;
  }
  return gone;
}

async function forgetChangeSets(
  database: Database,
  env: string,
  { before, signal }: RetentionTerms,
): Promise<void> {
  while (!signal.aborted) {
    const count = await database.transaction(async (tx) => {
      const rows = await tx.changeSet.findMany({
        where: { env, at: { lt: before }, versions: { none: {} } },
        select: { id: true },
        take: ROWS,
      });
      if (rows.length === 0) return 0;
      await tx.changeSet.deleteMany({ where: { env, id: { in: rows.map((row) => row.id) } } });
      return rows.length;
    });
    if (count < ROWS) return;
  }
}

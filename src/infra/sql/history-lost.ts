import type { Lost } from "../../features/epoch/recovery-service.ts";
import type { Database } from "./database.ts";

/** Change sets of the life before the present one that are no part of it; undefined where there are none. */
export const lostChangeSets = (database: Database, env: string): Promise<Lost | undefined> =>
  database.run(async (client) => {
    const cursor = await client.historyCursor.findUnique({ where: { env } });
    if (cursor === null || cursor.life <= 1) return undefined;
    const life = await client.historyLife.findUnique({ where: { env_life: { env, life: cursor.life } } });
    const baseRevision = life?.baseRevision ?? 0n;
    const lost = await client.changeSet.aggregate({
      where: { env, life: cursor.life - 1, revision: { gt: baseRevision } },
      _count: { _all: true },
      _max: { at: true },
    });
    return lost._max.at === null
      ? undefined
      : { at: lost._max.at.toISOString(), changeSets: lost._count._all, baseRevision: Number(baseRevision) };
  });

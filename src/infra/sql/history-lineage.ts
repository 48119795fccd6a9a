import type { Moment } from "../../features/history/history-reader.ts";
import type { SqlClient } from "./adapters.ts";

/** Which change sets a moment knows of: of each life, newest first, those up to a revision. */
export type Lineage = readonly { readonly life: number; readonly upTo: number }[];

/**
 * What led to a moment: the life that it is of, and of the lives before it as much as went on in it. A revision is one of
 * the present life; a time is that of the last change set at or before it. Undefined where nothing is known.
 */
export async function lineageAt(
  client: SqlClient,
  env: string,
  moment: Moment,
): Promise<Lineage | undefined> {
  const end =
    "revision" in moment ? await present(client, env, moment.revision) : await at(client, env, moment.at);
  if (end === undefined) return undefined;
  const lives = await client.historyLife.findMany({
    where: { env, life: { lte: end.life } },
    orderBy: { life: "desc" },
  });
  const lineage = [end];
  let upTo = end.upTo;
  for (const { life, baseRevision } of lives) {
    upTo = Math.min(upTo, Number(baseRevision));
    if (upTo <= 0) break;
    lineage.push({ life: life - 1, upTo });
  }
  return lineage;
}

async function present(client: SqlClient, env: string, revision: number) {
  const cursor = await client.historyCursor.findUnique({ where: { env } });
  return cursor === null ? undefined : { life: cursor.life, upTo: revision };
}

async function at(client: SqlClient, env: string, time: string) {
  const last = await client.changeSet.findFirst({
    where: { env, at: { lte: new Date(time) } },
    orderBy: [{ life: "desc" }, { revision: "desc" }],
    select: { life: true, revision: true },
  });
  return last === null ? undefined : { life: last.life, upTo: Number(last.revision) };
}

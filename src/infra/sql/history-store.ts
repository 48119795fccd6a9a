import type { Journal } from "@leverframe/agent/protocol";
import { isRecord } from "../../domain/stored-body.ts";
import type { HistoryStore, Position, Projected } from "../../features/history/history-store.ts";
import type { SqlClient, SqlTransaction } from "./adapters.ts";
import type { Database } from "./database.ts";
import { forget } from "./history-retention.ts";
import { insertRows } from "./insert-rows.ts";

type CursorRow = NonNullable<Awaited<ReturnType<SqlClient["historyCursor"]["findUnique"]>>>;

/** The drain's side of the history in SQL. */
export function createHistoryStore(database: Database, now: () => Date = () => new Date()): HistoryStore {
  return {
    async position(env) {
      const row = await database.run((client) => client.historyCursor.findUnique({ where: { env } }));
      return row === null ? undefined : positionOf(row);
    },
    beginLife: (env, from, next) =>
      database.transaction(async (tx) => {
        const life = (from?.life ?? 0) + 1;
        const row = {
          life,
          epoch: next.epoch,
          revision: BigInt(next.baseRevision),
          // Of another life, the fence before means nothing.
          fence: BigInt(next.fence),
          movedAt: now(),
        };
        if (!(await moveTo(tx, env, from, row))) return undefined;
        await tx.historyLife.deleteMany({ where: { env, life: { gte: life } } });
        await tx.historyLife.create({
          data: { env, life, epoch: next.epoch, baseRevision: BigInt(next.baseRevision), startedAt: now() },
        });
        return { life, epoch: next.epoch, revision: next.baseRevision, fence: next.fence };
      }),
    append: (env, from, journals, fence) =>
      database.transaction(async (tx) => {
        const revision = journals.at(-1)?.revision ?? from.revision;
        const moved = await tx.historyCursor.updateMany({
          where: { env, life: from.life, revision: BigInt(from.revision), fence: { lte: BigInt(fence) } },
          data: { revision: BigInt(revision), fence: BigInt(fence), movedAt: now() },
        });
        if (moved.count !== 1) return undefined;
        await write(tx, env, from, await unknown(tx, env, journals));
        return { ...from, revision, fence };
      }),
    async newest(env, { life }) {
      const row = await database.run((client) =>
        client.changeSet.findFirst({
          where: { env, life },
          orderBy: { revision: "desc" },
          select: { id: true, life: true, revision: true, at: true },
        }),
      );
      return row === null ? undefined : { ...row, revision: Number(row.revision) };
    },
    async known(env, ids) {
      const rows = await database.run((client) =>
        client.changeSet.findMany({
          where: { env, id: { in: [...ids] } },
          select: { id: true, life: true, revision: true, at: true },
        }),
      );
      return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
    },
    forget: (env, before, keep, signal) => forget(database, env, { before, keep, signal }),
  };
}

const positionOf = (row: CursorRow): Position => ({
  life: row.life,
  epoch: row.epoch,
  revision: Number(row.revision),
  fence: Number(row.fence),
});

/** False if the cursor is not at `from` any more. */
async function moveTo(
  tx: SqlTransaction,
  env: string,
  from: Position | undefined,
  row: Omit<CursorRow, "env">,
): Promise<boolean> {
  if (from === undefined) {
    if ((await tx.historyCursor.findUnique({ where: { env } })) !== null) return false;
    // Two that come here at once: the primary key lets one through, and the other fails as a whole.
    await tx.historyCursor.create({ data: { env, ...row } });
    return true;
  }
  const moved = await tx.historyCursor.updateMany({
    where: { env, life: from.life, revision: BigInt(from.revision), fence: BigInt(from.fence) },
    data: row,
  });
  return moved.count === 1;
}

interface Written {
  readonly id: string;
  readonly revision: number;
  readonly journal: Journal;
}

/** Without what stands already, of this or another life, and without what is not ours. */
async function unknown(
  tx: SqlTransaction,
  env: string,
  journals: readonly Projected[],
): Promise<readonly Written[]> {
  const standing = await tx.changeSet.findMany({
    where: { env, id: { in: journals.map((one) => one.id) } },
    select: { id: true },
  });
  const known = new Set(standing.map((row) => row.id));
  return journals.flatMap(({ id, revision, journal }) => {
    if (journal === undefined || known.has(id)) return [];
    known.add(id);
    return [{ id, revision, journal }];
  });
}

async function write(
  tx: SqlTransaction,
  env: string,
  at: Position,
  journals: readonly Written[],
): Promise<void> {
  const { life, epoch } = at;
  const sets = journals.map(({ id, revision, journal }) => ({
    env,
    id,
    life,
    epoch,
    revision: BigInt(revision),
    at: new Date(journal.at),
    authorKind: journal.author.kind,
    authorId: journal.author.id,
    reason: journal.reason,
    groupId: journal.groupId ?? null,
    undoes: journal.undoes ?? null,
    journal: JSON.stringify({ ...journal, edits: journal.edits.map(({ body: _, ...edit }) => edit) }),
  }));
  const counts = new VersionCounts(tx, env);
  const versions = [];
  for (const { id, revision, journal } of journals) {
    for (const [index, edit] of journal.edits.entries()) {
      const { service, kind, name, op } = edit;
      versions.push({
        env,
        changeSetId: id,
        edit: index,
        service,
        kind,
        name,
        life,
        epoch,
        revision: BigInt(revision),
        version: await counts.after(edit),
        op,
        body: op === "delete" || edit.body === undefined ? null : JSON.stringify(edit.body),
        at: new Date(journal.at),
      });
    }
  }
  await insertRows(tx, "ChangeSet", sets);
  await insertRows(tx, "ResourceVersion", versions);
}

/** A body bears its resource's version; a deletion has that of the version before it. */
class VersionCounts {
  readonly #tx: SqlTransaction;
  readonly #env: string;
  readonly #seen = new Map<string, number>();

  constructor(tx: SqlTransaction, env: string) {
    this.#tx = tx;
    this.#env = env;
  }

  async after(edit: Journal["edits"][number]): Promise<number> {
    const { service, kind, name } = edit;
    const key = `${service}/${kind}/${name}`;
    const version =
      (isRecord(edit.body) && versionIn(edit.body)) || (await this.#before(key, { service, kind, name }));
    this.#seen.set(key, version);
    return version;
  }

  async #before(key: string, ref: { service: string; kind: string; name: string }): Promise<number> {
    const seen = this.#seen.get(key);
    if (seen !== undefined) return seen;
    const last = await this.#tx.resourceVersion.findFirst({
      where: { env: this.#env, ...ref },
      orderBy: [{ life: "desc" }, { revision: "desc" }],
      select: { version: true },
    });
    return last?.version ?? 0;
  }
}

const versionIn = (body: Readonly<Record<string, unknown>>): number => {
  const meta = body["meta"];
  return isRecord(meta) && Number.isInteger(meta["version"]) ? Number(meta["version"]) : 0;
};

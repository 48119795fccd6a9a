import type { Author, Journal, Kind, ResourceRef } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";
import type {
  HistoryEntry,
  HistoryFilter,
  HistoryReader,
  Moment,
  ResourceVersion,
} from "../../features/history/history-reader.ts";
import type { Provider, SqlClient } from "./adapters.ts";
import type { Database } from "./database.ts";
import { type Lineage, lineageAt } from "./history-lineage.ts";

const NEWEST_FIRST = [{ life: "desc" as const }, { revision: "desc" as const }];
const LIMIT = 200;
/** Versions whose bodies are read at a time: SQLite takes 999 parameters. */
const BODIES = 100;

const withChangeSet = {
  changeSet: { select: { authorKind: true, authorId: true, reason: true } },
} as const;

/** Reads the history on either provider. */
export function createHistoryReader(database: Database): HistoryReader {
  return {
    changeSet: (env, id) =>
      database.run(async (client) => {
        const row = await client.changeSet.findUnique({
          where: { env_id: { env, id } },
          include: { versions: true },
        });
        return row === null ? undefined : entryOf(row);
      }),
    changeSets: (env, filter) =>
      database.run(async (client) => {
        const limit = clampLimit(filter.limit);
        const rows = await client.changeSet.findMany({
          where: { env, ...filterOf(filter), ...before(filter.cursor) },
          orderBy: NEWEST_FIRST,
          take: limit + 1,
          include: { versions: true },
        });
        return pageOf(rows, limit, entryOf);
      }),
    mentions: (env, terms, limit) =>
      database.run(async (client) => {
        // What LIKE takes for a wildcard finds more than was asked for: those are read past, and left out.
        const loose = terms.some((term) => /[%_]/.test(term));
        const rows = await client.changeSet.findMany({
          where: { env, AND: terms.map((term) => mentionOf(term, database.provider)) },
          orderBy: NEWEST_FIRST,
          take: loose ? LIMIT : clampLimit(limit),
        });
        const holds = (text: string, term: string) => text.toLowerCase().includes(term.toLowerCase());
        return rows
          .filter((row) => terms.every((term) => holds(row.reason, term) || holds(row.authorId, term)))
          .slice(0, limit)
          .map((row) => entryOf({ ...row, versions: [] }));
      }),
    versions: (env, ref, page) =>
      database.run(async (client) => {
        const limit = clampLimit(page.limit);
        const rows = await client.resourceVersion.findMany({
          where: { env, ...refOf(ref), ...before(page.cursor) },
          orderBy: NEWEST_FIRST,
          take: limit + 1,
          include: withChangeSet,
        });
        return pageOf(rows, limit, versionOf);
      }),
    versionAt: (env, ref, moment) =>
      database.run(async (client) => {
        const lineage = await lineageAt(client, env, moment);
        if (lineage === undefined) return undefined;
        const row = await client.resourceVersion.findFirst({
          where: { env, ...refOf(ref), OR: stretches(lineage) },
          orderBy: NEWEST_FIRST,
          include: withChangeSet,
        });
        return row === null ? undefined : versionOf(row);
      }),
    stateAt: (env, moment, service) => database.run((client) => stateAt(client, env, moment, service)),
    position: (env) =>
      database.run(async (client) => {
        const row = await client.historyCursor.findUnique({ where: { env } });
        return { epoch: row?.epoch ?? "", revision: Number(row?.revision ?? 0) };
      }),
  };
}

async function stateAt(
  client: SqlClient,
  env: string,
  moment: Moment,
  service: string | undefined,
): Promise<readonly ResourceVersion[]> {
  const lineage = await lineageAt(client, env, moment);
  if (lineage === undefined) return [];
  const scope = { env, ...(service === undefined ? {} : { service }), OR: stretches(lineage) };
  // Of each resource the newest: by stretches from the present life back, each asked for its newest revisions alone.
  const newest = new Map<string, { key: ResourceRef; life: number; revision: bigint }>();
  for (const stretch of lineage) {
    const groups = await client.resourceVersion.groupBy({
      by: ["service", "kind", "name"],
      where: { ...scope, OR: stretches([stretch]) },
      _max: { revision: true },
    });
    for (const { service, kind, name, _max } of groups) {
      const key = `${service}/${kind}/${name}`;
      if (_max.revision === null || newest.has(key)) continue;
      newest.set(key, {
        key: refOf({ service, kind: kind as Kind, name }),
        life: stretch.life,
        revision: _max.revision,
      });
    }
  }
  const wanted = [...newest.values()];
  const found: ResourceVersion[] = [];
  for (let start = 0; start < wanted.length; start += BODIES) {
    const rows = await client.resourceVersion.findMany({
      where: {
        env,
        op: "put",
        OR: wanted
          .slice(start, start + BODIES)
          .map(({ key, life, revision }) => ({ ...key, life, revision })),
      },
      include: withChangeSet,
    });
    found.push(...rows.map(versionOf));
  }
  return found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const nameOf = ({ service, kind, name }: ResourceRef): string => `${service}/${kind}/${name}`;

const stretches = (lineage: Lineage) =>
  lineage.map(({ life, upTo }) => ({ life, revision: { lte: BigInt(upTo) } }));

const refOf = ({ service, kind, name }: ResourceRef): ResourceRef => ({ service, kind, name });

function filterOf({ service, kind, name, author, groupId }: HistoryFilter) {
  const of = {
    ...(service === undefined ? {} : { service }),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
  };
  return {
    ...(Object.keys(of).length === 0 ? {} : { versions: { some: of } }),
    ...(author === undefined ? {} : { authorId: author }),
    ...(groupId === undefined ? {} : { groupId }),
  };
}

/** SQLite's LIKE heeds no case of letters; PostgreSQL's has to be told, by a word that SQLite's client does not know. */
function mentionOf(term: string, provider: Provider) {
  const holds = { contains: term, ...(provider === "postgresql" ? { mode: "insensitive" } : {}) };
  return { OR: [{ reason: holds }, { authorId: holds }] };
}

const clampLimit = (limit: number): number => Math.max(1, Math.min(LIMIT, Math.floor(limit)));

interface Placed {
  readonly life: number;
  readonly revision: bigint;
}

function pageOf<Row extends Placed, Shown>(rows: readonly Row[], limit: number, show: (row: Row) => Shown) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? `${last.life}.${last.revision}` : undefined;
  return { rows: shown.map(show), next };
}

/** Older than the last row of the page before. */
function before(cursor: string | undefined) {
  if (cursor === undefined) return {};
  const [, life, revision] = /^(\d{1,9})\.(\d{1,18})$/.exec(cursor) ?? [];
  if (life === undefined || revision === undefined) {
    throw new DomainError("INVALID", "The cursor is none that a page gave. Begin without one.");
  }
  return {
    OR: [{ life: { lt: Number(life) } }, { life: Number(life), revision: { lt: BigInt(revision) } }],
  };
}

interface ChangeSetRow extends Placed {
  readonly env: string;
  readonly epoch: string;
  readonly journal: string;
  readonly versions: readonly { readonly edit: number; readonly body: string | null }[];
}

function entryOf(row: ChangeSetRow): HistoryEntry {
  const journal = JSON.parse(row.journal) as Journal;
  const bodies = new Map(row.versions.map((version) => [version.edit, version.body]));
  const edits = journal.edits.map((edit, index) => {
    const body = bodies.get(index);
    return typeof body === "string" ? { ...edit, body: JSON.parse(body) as unknown } : edit;
  });
  return { env: row.env, epoch: row.epoch, revision: Number(row.revision), journal: { ...journal, edits } };
}

interface VersionRow extends Placed {
  readonly env: string;
  readonly epoch: string;
  readonly service: string;
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly changeSetId: string;
  readonly op: string;
  readonly body: string | null;
  readonly at: Date;
  readonly changeSet: { readonly authorKind: string; readonly authorId: string; readonly reason: string };
}

const versionOf = (row: VersionRow): ResourceVersion => ({
  env: row.env,
  epoch: row.epoch,
  revision: Number(row.revision),
  service: row.service,
  kind: row.kind as Kind,
  name: row.name,
  version: row.version,
  changeSetId: row.changeSetId,
  op: row.op === "delete" ? "delete" : "put",
  body: row.body === null ? undefined : (JSON.parse(row.body) as Record<string, unknown>),
  at: row.at.toISOString(),
  author: { kind: row.changeSet.authorKind as Author["kind"], id: row.changeSet.authorId },
  reason: row.changeSet.reason,
});

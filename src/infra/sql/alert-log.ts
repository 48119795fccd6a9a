import type { AlertLog, LoggedAlert } from "../../features/alerts/alert-ports.ts";
import type { SqlClient } from "./adapters.ts";
import type { Database } from "./database.ts";

type Row = NonNullable<Awaited<ReturnType<SqlClient["alert"]["findUnique"]>>>;

const MOST_ELSEWHERE = 500;

/** The history of alerts in SQL. */
export function createAlertLog(database: Database, now: () => Date = () => new Date()): AlertLog {
  return {
    record: (env, alerts) =>
      database.transaction(async (tx) => {
        let changed = 0;
        for (const alert of alerts) {
          const { source, fingerprint } = alert;
          const id = { env, source, fingerprint, startsAt: new Date(alert.startsAt) };
          const known = await tx.alert.findUnique({ where: { env_source_fingerprint_startsAt: id } });
          const endsAt = alert.endsAt === undefined ? null : new Date(alert.endsAt);
          if (known === null) {
            await tx.alert.create({
              data: {
                ...id,
                name: alert.name,
                severity: alert.severity,
                endsAt,
                labels: JSON.stringify(alert.labels),
                annotations: JSON.stringify(alert.annotations),
                value: alert.value ?? null,
                updatedAt: now(),
              },
            });
            changed += 1;
          } else if (known.endsAt === null && endsAt !== null) {
            await tx.alert.update({
              where: { env_source_fingerprint_startsAt: id },
              data: { endsAt, updatedAt: now() },
            });
            changed += 1;
          }
        }
        return changed;
      }),
    async list(env, { limit, before, name }) {
      const from = before === undefined ? undefined : readCursor(before);
      const rows = await database.run((client) =>
        client.alert.findMany({
          where: {
            env,
            ...(name === undefined ? {} : { name }),
            ...(from === undefined
              ? {}
              : {
                  OR: [
                    { startsAt: { lt: from.startsAt } },
                    { startsAt: from.startsAt, fingerprint: { gt: from.fingerprint } },
                  ],
                }),
          },
          orderBy: [{ startsAt: "desc" }, { fingerprint: "asc" }],
          take: limit + 1,
        }),
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        rows: page.map(alertOf),
        ...(rows.length > limit && last !== undefined
          ? { next: `${last.startsAt.toISOString()}/${last.fingerprint}` }
          : {}),
      };
    },
    async firingElsewhere(env) {
      const rows = await database.run((client) =>
        client.alert.findMany({
          where: { env, source: "alertmanager", endsAt: null },
          orderBy: { startsAt: "desc" },
          take: MOST_ELSEWHERE,
        }),
      );
      return rows.map(alertOf);
    },
    forget: (before, atMost) =>
      database.run(async (client) => {
        const old = await client.alert.findMany({
          where: { endsAt: { lt: before } },
          take: atMost,
          select: { env: true, source: true, fingerprint: true, startsAt: true },
        });
        if (old.length === 0) return 0;
        const { count } = await client.alert.deleteMany({ where: { OR: old } });
        return count;
      }),
  };
}

function readCursor(text: string): { readonly startsAt: Date; readonly fingerprint: string } | undefined {
  const [at = "", fingerprint = ""] = text.split("/");
  const startsAt = new Date(at);
  return Number.isNaN(startsAt.getTime()) ? undefined : { startsAt, fingerprint };
}

const alertOf = (row: Row): LoggedAlert => ({
  source: row.source === "alertmanager" ? "alertmanager" : "rule",
  fingerprint: row.fingerprint,
  name: row.name,
  severity: row.severity,
  labels: JSON.parse(row.labels) as Record<string, string>,
  annotations: JSON.parse(row.annotations) as Record<string, string>,
  startsAt: row.startsAt.toISOString(),
  ...(row.endsAt === null ? {} : { endsAt: row.endsAt.toISOString() }),
  ...(row.value === null ? {} : { value: row.value }),
});

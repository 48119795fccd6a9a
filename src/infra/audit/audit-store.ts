import type { AuditEvent, AuditFilter, AuditStore } from "../../features/audit/audit-event.ts";
import type { Database } from "../sql/database.ts";

/** The audit log in SQL. */
export function createAuditStore(database: Database): AuditStore {
  return {
    async insert(events) {
      await database.transaction(async (tx) => {
        const known = await tx.auditEntry.findMany({
          where: { id: { in: events.map(({ id }) => id) } },
          select: { id: true },
        });
        const there = new Set(known.map(({ id }) => id));
        const fresh = new Map(events.filter(({ id }) => !there.has(id)).map((event) => [event.id, event]));
        await tx.auditEntry.createMany({
          data: [...fresh.values()].map((event) => ({
            id: event.id,
            at: new Date(event.at),
            actorKind: event.actor.kind,
            actorId: event.actor.id,
            action: event.action,
            env: event.env ?? null,
            target: event.target ?? null,
            outcome: event.outcome,
            detail: JSON.stringify(event.detail),
            address: event.address ?? null,
          })),
        });
      });
    },
    async list(filter, { limit, cursor }) {
      const rows = await database.run((client) =>
        client.auditEntry.findMany({
          where: { ...whereOf(filter), ...(cursor === undefined ? {} : { id: { lt: cursor } }) },
          orderBy: { id: "desc" },
          take: limit + 1,
        }),
      );
      const page = rows.slice(0, limit).map(
        (row): AuditEvent => ({
          id: row.id,
          at: row.at.toISOString(),
          actor: { kind: row.actorKind, id: row.actorId },
          action: row.action,
          env: row.env ?? undefined,
          target: row.target ?? undefined,
          outcome: row.outcome as AuditEvent["outcome"],
          detail: JSON.parse(row.detail) as AuditEvent["detail"],
          address: row.address ?? undefined,
        }),
      );
      return { rows: page, next: rows.length > limit ? page.at(-1)?.id : undefined };
    },
    forget: (before, atMost) =>
      database.run(async (client) => {
        const old = await client.auditEntry.findMany({
          where: { at: { lt: before } },
          orderBy: { id: "asc" },
          take: atMost,
          select: { id: true },
        });
        if (old.length === 0) return 0;
        const { count } = await client.auditEntry.deleteMany({
          where: { id: { in: old.map(({ id }) => id) } },
        });
        return count;
      }),
  };
}

function whereOf(filter: AuditFilter) {
  const { env, actor, action, outcome, from, to } = filter;
  return {
    ...(env === undefined ? {} : { env }),
    ...(actor === undefined ? {} : { actorId: actor }),
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(from === undefined && to === undefined
      ? {}
      : {
          at: {
            ...(from === undefined ? {} : { gte: new Date(from) }),
            ...(to === undefined ? {} : { lt: new Date(to) }),
          },
        }),
  };
}

import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { AuditStore } from "./audit-event.ts";
import { auditFilter } from "./audit-export.ts";

/** The log is of everything, so that only admins of everything read it. */
export const createAuditRouter = (store: AuditStore) =>
  router({
    list: guarded({ role: "admin", on: "control" })
      .input(
        auditFilter.extend({
          cursor: z.string().max(40).optional(),
          limit: z.int().min(1).max(200).default(50),
        }),
      )
      .query(({ input: { cursor, limit, ...filter } }) => store.list(filter, { cursor, limit })),
  });

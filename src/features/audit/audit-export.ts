import { describeIssues, environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "../../domain/errors.ts";
import type { AuditEvent, AuditFilter, AuditStore } from "./audit-event.ts";
import { csvHeader, csvLine } from "./audit-text.ts";

const PAGE = 500;
const time = z.iso.datetime({ error: "must be a time such as 2026-11-23T03:00:00Z" });

export const auditFilter = z.strictObject({
  env: environmentName.optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  outcome: z.enum(["done", "refused", "failed"]).optional(),
  from: time.optional(),
  to: time.optional(),
});

/** Reads the filter of an export's address. Throws INVALID. */
export function filterOf(search: URLSearchParams): AuditFilter {
  const read = auditFilter.safeParse(Object.fromEntries(search));
  if (read.success) return read.data;
  throw new DomainError("INVALID", describeIssues(read.error));
}

/** The whole log, newest first, in pieces, a page of SQL at a time; its end is fixed when it begins. */
export async function* exportAudit(
  store: AuditStore,
  filter: AuditFilter,
  format: "csv" | "json",
): AsyncGenerator<string> {
  if (format === "csv") yield csvHeader;
  else yield "[";
  let first = true;
  for await (const rows of pages(store, filter)) {
    if (format === "csv") yield rows.map(csvLine).join("");
    else {
      const text = rows.map((row) => JSON.stringify(row)).join(",\n");
      if (text !== "") yield `${first ? "\n" : ",\n"}${text}`;
    }
    first = false;
  }
  if (format === "json") yield "\n]\n";
}

async function* pages(store: AuditStore, filter: AuditFilter): AsyncGenerator<readonly AuditEvent[]> {
  let cursor: string | undefined;
  do {
    const page = await store.list(filter, { limit: PAGE, cursor });
    yield page.rows;
    cursor = page.next;
  } while (cursor !== undefined);
}

import type { AuditEvent } from "./audit-event.ts";

const COLUMNS = [
  "id",
  "at",
  "actorKind",
  "actor",
  "action",
  "env",
  "target",
  "outcome",
  "address",
  "detail",
] as const;

/**
 * One cell of CSV (RFC 4180), always quoted. Text that a spreadsheet would take for a formula gets an apostrophe
 * before it (OWASP, *CSV Injection*).
 */
export function csvCell(value: string): string {
  const harmless = /^\s*[=+\-@\t\r|%\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}

export const csvHeader = `${COLUMNS.map(csvCell).join(",")}\r\n`;

export function csvLine(event: AuditEvent): string {
  const cells: Readonly<Record<(typeof COLUMNS)[number], string>> = {
    id: event.id,
    at: event.at,
    actorKind: event.actor.kind,
    actor: event.actor.id,
    action: event.action,
    env: event.env ?? "",
    target: event.target ?? "",
    outcome: event.outcome,
    address: event.address ?? "",
    detail: JSON.stringify(event.detail),
  };
  return `${COLUMNS.map((column) => csvCell(cells[column])).join(",")}\r\n`;
}

import { DomainError } from "../../domain/errors.ts";

/**
 * Prisma's codes for a database that can't be reached, closed the connection, is out of connections, or did not begin or end a transaction in
 * time: https://www.prisma.io/docs/orm/reference/error-reference
 */
const AWAY_CODES: ReadonlySet<string> = new Set([
  "P1000",
  "P1001",
  "P1002",
  "P1003",
  "P1008",
  "P1010",
  "P1011",
  "P1017",
  "P2024",
  "P2028",
  "P2037",
  // The table is not there: an emptied database, which the next connection migrates.
  "P2021",
]);
/** The driver adapters' names of the same, which come under `meta.driverAdapterError`. */
const AWAY_KINDS: ReadonlySet<string> = new Set([
  "DatabaseNotReachable",
  "DatabaseDoesNotExist",
  "DatabaseAccessDenied",
  "AuthenticationFailed",
  "ConnectionClosed",
  "SocketTimeout",
  "TlsConnectionError",
  "TooManyConnections",
  "TransactionAlreadyClosed",
]);
/** Of PostgreSQL: connections (08), resources (53), an operator's hand (57), its system (58); of SQLite: busy, full, broken. */
const AWAY_STATES = /^(08|53|57|58)|^SQLITE_(BUSY|LOCKED|IOERR|CANTOPEN|FULL|READONLY|CORRUPT|NOTADB)/;
const AWAY_SYSTEM = /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN)|^ENOTFOUND$/;
/** node-postgres and its pool name these by text alone. */
const AWAY_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|connection is closed|Can't reach database|Server has closed the connection|not queryable|database is locked|Transaction already closed/i;

/** True if the failure is the database's being away (or busy beyond its deadline), rather than a fault of the query. */
export function databaseAway(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at !== undefined && at !== null && depth < 6; depth++) {
    if (at instanceof DomainError) return at.code === "UNAVAILABLE";
    if (typeof at !== "object") return false;
    const { code, originalCode, message, cause, kind, meta } = at as Record<string, unknown>;
    if (typeof kind === "string" && AWAY_KINDS.has(kind)) return true;
    for (const one of [code, originalCode]) {
      if (typeof one !== "string") continue;
      if (AWAY_CODES.has(one) || AWAY_STATES.test(one) || AWAY_SYSTEM.test(one)) return true;
    }
    if (typeof message === "string" && AWAY_TEXT.test(message)) return true;
    at = cause ?? (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  }
  return false;
}

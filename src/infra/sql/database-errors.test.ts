import { describe, expect, it } from "vitest";
import { DomainError } from "../../domain/errors.ts";
import { databaseAway } from "./database-errors.ts";

const prisma = (code: string, more: object = {}) =>
  Object.assign(new Error("Invalid invocation"), { code, ...more });

describe("an error of SQL", () => {
  it.each([
    [
      "not reached, by the adapter's word",
      prisma("P2010", { meta: { driverAdapterError: { cause: { kind: "DatabaseNotReachable" } } } }),
    ],
    ["closed under way", prisma("P1017")],
    ["a transaction that could not begin in time", prisma("P2028")],
    ["a table that an emptied database lacks", prisma("P2021")],
    [
      "PostgreSQL told to stop",
      prisma("P2010", { meta: { driverAdapterError: { cause: { originalCode: "57P01" } } } }),
    ],
    ["a refused connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
    ["node-postgres's own deadline", new Error("outer", { cause: new Error("Query read timeout") })],
    ["a locked SQLite", Object.assign(new Error("SQLITE_BUSY: database is locked"), { code: "SQLITE_BUSY" })],
    ["a deadline of ours", new DomainError("UNAVAILABLE", "away")],
  ])("means that the database is away: %s", (_, error) => {
    expect(databaseAway(error)).toBe(true);
  });

  it.each([
    ["a row that stands already", prisma("P2002")],
    [
      "a broken query",
      prisma("P2010", { meta: { driverAdapterError: { cause: { originalCode: "42601" } } } }),
    ],
    ["a bug", new TypeError("undefined is not a function")],
    ["a cursor that nobody gave", new DomainError("INVALID", "no")],
    ["nothing", undefined],
  ])("is a fault of the question: %s", (_, error) => {
    expect(databaseAway(error)).toBe(false);
  });
});

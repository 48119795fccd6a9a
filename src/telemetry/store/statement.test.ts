import { expect, test } from "vitest";
import { statementOf } from "./statement.ts";

const fileOf = (sql: string): string | undefined => {
  const statement = statementOf(sql, true);
  return statement?.is === "insert" ? statement.withFile("/data/it's") : undefined;
};

test("an INSERT takes its rows from the body: plain, or by input()", () => {
  expect(fileOf("INSERT INTO t (a, b) FORMAT JSONEachRow\n")).toBe(
    "INSERT INTO t (a, b) FROM INFILE '/data/it\\'s' FORMAT JSONEachRow",
  );
  expect(fileOf("insert into t (a) select a from input('a String, b Array(UInt8)') format RowBinary;")).toBe(
    "insert into t (a) select a from file('/data/it\\'s', 'RowBinary', 'a String, b Array(UInt8)')",
  );
});

test("nothing else may come with a body", () => {
  for (const sql of ["SELECT 1", "INSERT INTO t VALUES (1)", "DROP TABLE t FORMAT CSV"]) {
    expect(statementOf(sql, true), sql).toBeUndefined();
  }
  expect(statementOf("SELECT 1", false)).toEqual({ is: "query", sql: "SELECT 1" });
});

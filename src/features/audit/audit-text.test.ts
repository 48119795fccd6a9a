import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { summarize } from "./audit-summary.ts";
import { csvCell } from "./audit-text.ts";

describe("a cell of CSV", () => {
  test.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["+1", `"'+1"`],
    ["-1", `"'-1"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["\t=1", `"'\t=1"`],
    ["  =1", `"'  =1"`],
    ["＝1", `"'＝1"`],
    ["plain, with a comma", '"plain, with a comma"'],
    ["", '""'],
  ])("%j", (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  test("never begins as a formula, and keeps what was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const inside = csvCell(value).slice(1, -1).replaceAll('""', '"');
        expect(inside.replace(/^'(?=\s*[=+\-@|%\t\r＝＋－＠])/, "")).toBe(value);
        expect(inside).not.toMatch(/^\s*[=+\-@]/);
      }),
    );
  });
});

describe("the summary of a request", () => {
  test("names levers and reasons, and holds no body", () => {
    const { env, target, detail } = summarize({
      env: "prod",
      reason: "why",
      edits: [{ service: "order", kind: "config", name: "db", op: "put", spec: { value: "hunter2" } }],
      override: { reason: "it burns" },
      password: "hunter2",
    });
    expect({ env, target }).toEqual({ env: "prod", target: "order/config/db" });
    expect(detail).toEqual({ reason: "why", edits: ["order/config/db"], override: "it burns" });
  });

  test("of anything that somebody may send is short, and never an error", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(summarize(value)).length).toBeLessThan(30_000);
      }),
    );
  });
});

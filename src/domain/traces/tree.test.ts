import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { criticalPathOf } from "./critical-path.ts";
import { traceOf } from "./sample-spans.ts";
import { selfTimesOf } from "./self-time.ts";
import type { Span } from "./span.ts";
import { arrange } from "./tree.ts";

const shape = (data: Parameters<typeof arrange>[0]) =>
  arrange(data).rows.map(({ span, depth, end }) => `${" ".repeat(depth)}${span.id}:${end}`);
const faultsOf = (data: Parameters<typeof arrange>[0]) =>
  arrange(data).rows.flatMap(({ span, faults }) => faults.map((fault) => [span.id, fault]));

describe("the tree of a trace", () => {
  test("has parents before their children, and siblings by their beginning", () => {
    const data = traceOf(
      ["c", "a", "shop", 5, 6],
      ["d", "b", "shop", 2, 3],
      ["b", "a", "shop", 1, 4],
      ["a", "", "shop", 0, 10],
    );
    expect(shape(data)).toEqual(["a:4", " b:3", "  d:3", " c:4"]);
  });

  test("draws a span whose parent is missing as a root, and says which parent", () => {
    const data = traceOf(["a", "", "shop", 0, 10], ["b", "gone", "shop", 1, 2], ["c", "b", "shop", 1, 2]);
    expect(shape(data)).toEqual(["a:1", "b:3", " c:3"]);
    expect(faultsOf(data)).toEqual([["b", { kind: "missing parent", parentId: "gone" }]]);
  });

  test("says that no span is the root", () => {
    expect(arrange(traceOf(["b", "gone", "shop", 1, 2])).rootless).toBe(true);
    expect(arrange(traceOf(["a", "", "shop", 1, 2])).rootless).toBe(false);
  });

  test("cuts a ring of parents at the span that begins first, and keeps every span", () => {
    const data = traceOf(
      ["a", "", "shop", 0, 10],
      ["x", "z", "shop", 4, 5],
      ["y", "x", "shop", 2, 9],
      ["z", "y", "shop", 3, 6],
      ["tail", "z", "shop", 5, 6],
    );
    expect(faultsOf(data)).toEqual([["y", { kind: "cycle", parentId: "x" }]]);
    expect(shape(data)).toEqual(["a:1", "y:5", " z:5", "  x:4", "  tail:5"]);
  });

  test("cuts a span that is its own parent", () => {
    const data = traceOf(["a", "a", "shop", 0, 10], ["b", "a", "shop", 1, 2]);
    expect(faultsOf(data)).toEqual([["a", { kind: "cycle", parentId: "a" }]]);
    expect(shape(data)).toEqual(["a:2", " b:2"]);
  });

  test("gives children to the first of two spans with one id", () => {
    const data = traceOf(["a", "", "shop", 0, 10], ["a", "", "shop", 1, 2], ["b", "a", "shop", 1, 2]);
    expect(shape(data)).toEqual(["a:2", " b:2", "a:3"]);
    expect(arrange(data).faults).toEqual(new Map([["same id", 1]]));
  });

  test("draws a span that ends before it begins as a moment", () => {
    const [row] = arrange(traceOf(["a", "", "shop", 5, 3])).rows;
    expect(row?.toNs).toBe(row?.fromNs);
    expect(row?.faults).toEqual([{ kind: "negative duration", byNs: 2e6 }]);
  });

  test("holds a chain of 50,000 spans without recursion", () => {
    const data = traceOf(
      ...Array.from({ length: 50_000 }, (_, index) => {
        const parent = index === 0 ? "" : `${index - 1}`;
        return [`${index}`, parent, "shop", index / 1_000, 100 - index / 1_000] as const;
      }),
    );
    const trace = arrange(data);
    expect(trace.rows.at(-1)?.depth).toBe(49_999);
    expect(criticalPathOf(trace).length).toBeGreaterThan(49_999);
  });
});

describe("clocks that differ", () => {
  const client: Partial<Span> = { kind: "Client" };
  const server: Partial<Span> = { kind: "Server" };

  test("a callee that begins before its caller is drawn in its middle, with all of its service below it", () => {
    const data = traceOf(
      ["a", "", "shop", 0, 100, client],
      ["b", "a", "stock", -500, -440, server],
      ["c", "b", "stock", -490, -480],
    );
    const trace = arrange(data);
    expect(trace.rows.map(({ fromNs, toNs }) => [fromNs / 1e6, toNs / 1e6])).toEqual([
      [0, 100],
      [20, 80],
      [30, 40],
    ]);
    expect(faultsOf(data)).toEqual([["b", { kind: "clock skew", byNs: 520e6 }]]);
    expect(trace.durationNs).toBe(100e6);
  });

  test("one shift serves for all spans of the service that it suits", () => {
    const rows = arrange(
      traceOf(
        ["a", "", "shop", 0, 100, client],
        ["b", "a", "stock", -500, -440, server],
        ["d", "", "shop", 200, 300, client],
        ["e", "d", "stock", -290, -240, server],
      ),
    ).rows;
    expect(rows.map(({ fromNs }) => fromNs / 1e6)).toEqual([0, 20, 200, 230]);
  });

  test("a callee that worked on after its caller gave up is left where it is", () => {
    const data = traceOf(["a", "", "shop", 0, 100, client], ["b", "a", "stock", 10, 900, server]);
    expect(faultsOf(data)).toEqual([]);
    expect(arrange(data).durationNs).toBe(900e6);
  });

  test("what a queue brought later is no fault", () => {
    const data = traceOf(
      ["a", "", "shop", 0, 1, { kind: "Producer" }],
      ["b", "a", "mail", 5_000, 5_010, { kind: "Consumer" }],
    );
    expect(faultsOf(data)).toEqual([]);
  });

  test("by one clock a child before its parent is said, and not moved", () => {
    const data = traceOf(["a", "", "shop", 10, 20], ["b", "a", "shop", 4, 12]);
    expect(faultsOf(data)).toEqual([["b", { kind: "before parent", byNs: 6e6 }]]);
    expect(arrange(data).startNs).toBe(4e6);
  });
});

describe("the critical path", () => {
  const pathOf = (data: Parameters<typeof arrange>[0]) => {
    const trace = arrange(data);
    return criticalPathOf(trace)
      .map(({ row, fromNs, toNs }) => `${trace.rows[row]?.span.id} ${fromNs / 1e6}-${toNs / 1e6}`)
      .toReversed();
  };

  test("goes through the child that was waited for last", () => {
    const data = traceOf(
      ["a", "", "shop", 0, 100],
      ["b", "a", "shop", 10, 40],
      ["c", "a", "shop", 10, 30],
      ["d", "a", "shop", 50, 90],
    );
    expect(pathOf(data)).toEqual(["a 0-10", "b 10-40", "a 40-50", "d 50-90", "a 90-100"]);
  });

  test("leaves out what a child did after its parent was over", () => {
    const data = traceOf(["a", "", "shop", 0, 50], ["b", "a", "mail", 40, 500], ["c", "a", "mail", 80, 90]);
    expect(pathOf(data)).toEqual(["a 0-40", "b 40-50"]);
  });
});

/** Any set of spans whatsoever: parents that are missing, rings, ids twice, times in any order. */
const anySpans = fc
  .array(
    fc.tuple(
      fc.nat(11),
      fc.option(fc.nat(13)),
      fc.nat(2),
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: -5, max: 60 }),
    ),
    {
      maxLength: 40,
    },
  )
  .map((all) =>
    traceOf(
      ...all.map(
        ([id, parent, service, from, length]) =>
          [`s${id}`, parent === null ? "" : `s${parent}`, `service-${service}`, from, from + length] as const,
      ),
    ),
  );

describe("whatever comes", () => {
  test("every span is in the tree once, within its parent's rows", () => {
    fc.assert(
      fc.property(anySpans, (data) => {
        const { rows, durationNs } = arrange(data);
        expect(new Set(rows.map(({ span }) => span))).toEqual(new Set(data.spans));
        expect(rows).toHaveLength(data.spans.length);
        for (const [at, row] of rows.entries()) {
          expect(row.fromNs).toBeGreaterThanOrEqual(0);
          expect(row.toNs).toBeLessThanOrEqual(durationNs);
          if (row.parent < 0) continue;
          const above = rows[row.parent];
          expect(above?.depth).toBe(row.depth - 1);
          expect(row.parent < at && row.end <= (above?.end ?? 0)).toBe(true);
        }
      }),
    );
  });

  test("the critical path has no gap and no overlap, and is as long as the longest root", () => {
    fc.assert(
      fc.property(anySpans, (data) => {
        const trace = arrange(data);
        const path = criticalPathOf(trace);
        const roots = trace.rows.filter(({ parent }) => parent < 0).map(({ fromNs, toNs }) => toNs - fromNs);
        const length = path.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
        expect(length).toBe(Math.max(0, ...roots));
        for (const [index, { fromNs }] of path.entries()) {
          const next = path[index + 1];
          if (next !== undefined) expect(next.toNs).toBe(fromNs);
        }
      }),
    );
  });

  test("nobody worked longer itself than it lasted, or less than nothing", () => {
    fc.assert(
      fc.property(anySpans, (data) => {
        const { rows } = arrange(data);
        for (const [at, self] of selfTimesOf({ rows }).entries()) {
          const row = rows[at];
          expect(self).toBeGreaterThanOrEqual(0);
          expect(self).toBeLessThanOrEqual((row?.toNs ?? 0) - (row?.fromNs ?? 0));
        }
      }),
    );
  });
});

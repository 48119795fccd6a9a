import { expect, test } from "vitest";
import { toClickhouse } from "../../src/domain/metrics/clickhouse.ts";
import { toPromql } from "../../src/domain/metrics/promql.ts";
import { PANELS, panelOf, type Scope, SPLITS, scopeOf } from "../../src/ui/metrics/panels.ts";

/** Guarantee: whatever an address asks of the metric pages can be asked of both stores. */
const scopes: readonly Scope[] = SPLITS.flatMap((split) =>
  [undefined, "order"].map((service) => ({
    service,
    instance: service === undefined ? undefined : "order-1",
    route: '/odd"route',
    dependency: "bank",
    split,
  })),
);

test.each(PANELS)("%s", (name) => {
  for (const scope of scopes) {
    const { asked } = panelOf(name, scope, "all");
    expect(asked.length).toBeGreaterThan(0);
    for (const { figure, by, where } of asked) {
      const query = { env: "prod", figure, by, where };
      expect(toPromql(query, 60_000)).toContain('env="prod"');
      const plain = figure.kind === "ratio" ? [figure.of, figure.to] : [figure];
      for (const one of plain) {
        const { sql } = toClickhouse(query, one, { fromMs: 0, stepMs: 15_000, steps: 10, windowMs: 60_000 });
        expect(sql).not.toContain("odd");
      }
    }
  }
});

test("an address that makes no sense is read as the nearest that does", () => {
  const of = (query: string) => scopeOf(new URLSearchParams(query)).split;
  expect(["", "service=order", "by=whole", "service=order&by=route", "by=nonsense"].map(of)).toEqual([
    "service",
    "whole",
    "service",
    "route",
    "service",
  ]);
});

import { describe, expect, test } from "vitest";
import type { LeverRow } from "../api/contract.ts";
import { type ConfigRow, configRows } from "./config-row.ts";
import { branchesOf, itemsOf, narrow } from "./config-tree.ts";

const NOBODY = {
  changeSetId: "",
  revision: 0,
  targets: 0,
  applied: 0,
  waiting: 0,
  held: 0,
  unproved: 0,
  left: 0,
  joinedLater: 0,
  foreign: 0,
  readBy: 0,
  decisions: 0,
  p50Ms: null,
  p99Ms: null,
};

const row = (service: string, name: string, spec: object, rest: Partial<LeverRow> = {}): LeverRow =>
  ({
    service,
    kind: "config",
    name,
    revision: 1,
    version: 1,
    resource: { schema: 1, spec, meta: { version: 1 } },
    changeSetId: "",
    updatedAt: "",
    reason: "",
    unattributed: false,
    convergence: NOBODY,
    readers: { declared: 0, of: 0, decisions: 0 },
    ...rest,
  }) as unknown as LeverRow;

const ROWS = configRows([
  row("order", "limits", { format: "yaml", value: "Daily: 100\n" }, { reason: "black friday" }),
  row("gateway", "banner", { format: "json", value: '{"text":"Free delivery"}' }),
  row("order", "bank-token", { format: "text", secret: { kid: "k", iv: "i", ct: "c", tag: "t" } }),
  row("*", "region", { format: "text", value: "north" }, { kind: "switch" }),
]);
const ALL = { query: "", format: undefined, only: undefined };
const names = (filter: Partial<typeof ALL> | object) =>
  narrow(ROWS, { ...ALL, ...filter }).map(({ name }) => name);

describe("the tree of configs", () => {
  test("holds configs alone, by service and name", () => {
    expect(branchesOf(ROWS).map(({ service, rows }) => [service, rows.map(({ name }) => name)])).toEqual([
      ["gateway", ["banner"]],
      ["order", ["bank-token", "limits"]],
    ]);
  });

  test("is searched in names, values and reasons, each word anywhere", () => {
    expect(names({ query: "delivery FREE" })).toEqual(["banner"]);
    expect(names({ query: "friday daily" })).toEqual(["limits"]);
    expect(names({ query: "delivery order" })).toEqual([]);
  });

  test("is narrowed by format and by what is special", () => {
    expect(names({ format: "yaml" })).toEqual(["limits"]);
    expect(names({ only: "secret" })).toEqual(["bank-token"]);
    expect(names({ only: "rollout" })).toEqual([]);
  });

  test("knows nothing of a secret's value", () => {
    const [secret] = narrow(ROWS, { ...ALL, only: "secret" });
    expect(secret).toMatchObject({ secret: true, value: undefined });
  });
});

describe("groups", () => {
  const named = (name: string) => ({ service: "order", name }) as ConfigRow;
  const tree = (shut: readonly string[], ...names: string[]) =>
    itemsOf([{ service: "order", rows: names.map(named) }], new Set(shut)).map((item) =>
      item.type === "row" ? `${item.grouped ? "  " : ""}${item.row.name}` : item.key,
    );

  test("stand where two configs or more begin alike, up to the first dot", () => {
    expect(tree([], "db.pool", "db.url", "limits", "lone.one")).toEqual([
      "branch order",
      "order/db",
      "  db.pool",
      "  db.url",
      "limits",
      "lone.one",
    ]);
  });

  test("are folded by themselves, and with their service", () => {
    expect(tree(["order/db"], "db.pool", "db.url", "limits")).toEqual(["branch order", "order/db", "limits"]);
    expect(tree(["order"], "db.pool", "db.url")).toEqual(["branch order"]);
  });
});

import { describe, expect, it } from "vitest";
import type { ConfigRow } from "./config-row.ts";
import { exportOf, importRows } from "./exchange.ts";

const row = (name: string, value: string | undefined, o: Partial<ConfigRow> = {}): ConfigRow =>
  ({
    service: "order",
    name,
    value,
    format: "json",
    secret: value === undefined,
    revision: 7,
    meta: {},
    ...o,
  }) as ConfigRow;

const STANDING = [row("limits", '{"a":1}'), row("banner", '{"text":"x"}'), row("password", undefined)];
const fates = (files: { name: string; text: string }[]) =>
  importRows("prod", "order", files, STANDING).map(({ name, fate, why }) => [name, fate, why?.word]);

describe("an export", () => {
  it("holds what can be read, and counts what is left out", () => {
    const { file, leftOut } = exportOf("prod", 9, STANDING);
    expect(file.levers.map(({ name }) => name)).toEqual(["limits", "banner"]);
    expect([file.env, file.revision, leftOut]).toEqual(["prod", 9, 1]);
  });

  it("comes back as it went: nothing changes", () => {
    const { file } = exportOf("prod", 9, STANDING);
    expect(fates([{ name: "prod.json", text: JSON.stringify(file) }])).toEqual([
      ["limits", "same", undefined],
      ["banner", "same", undefined],
    ]);
  });
});

describe("an import", () => {
  it("takes files as configs named like them", () => {
    expect(
      fates([
        { name: "limits.json", text: '{"a":2}' },
        { name: "New.yaml", text: "a: 1" },
        { name: "banner.json", text: '{"text":"x"}' },
      ]),
    ).toEqual([
      ["limits", "changed", undefined],
      ["new", "new", undefined],
      ["banner", "same", undefined],
    ]);
  });

  it("says why it refuses what it refuses", () => {
    expect(
      fates([
        { name: "broken.json", text: "{" },
        { name: "no good name!.json", text: "{}" },
        { name: "password.txt", text: "secret" },
        { name: "twice.txt", text: "a" },
        { name: "twice.conf", text: "b" },
        {
          name: "all.json",
          text: JSON.stringify({
            env: "dev",
            levers: [{ service: "*", kind: "switch", name: "s", spec: {} }],
          }),
        },
      ]),
    ).toEqual([
      ["broken", "refused", "broken"],
      ["no good name!", "refused", "name"],
      ["password", "refused", "secret"],
      ["twice", "new", undefined],
      ["twice", "refused", "twice"],
      ["s", "refused", "kind"],
    ]);
  });

  it("compares with what stood when it was read", () => {
    const [changed] = importRows("prod", "order", [{ name: "limits.json", text: '{"a":2}' }], STANDING);
    expect(changed?.edit?.edit).toMatchObject({
      baseRevision: 7,
      spec: { format: "json", value: '{"a":2}' },
    });
    expect(changed?.edit?.base).toMatchObject({ spec: { value: '{"a":1}' } });
  });
});

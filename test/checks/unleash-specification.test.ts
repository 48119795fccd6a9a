import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parseResourceStrict } from "@leverframe/agent/protocol";
import {
  compileFlag,
  FlagTable,
  isFault,
  NO_VARIANT,
  parseFlag,
  readFlagContext,
} from "@leverframe/agent/rules";
import { describe, expect, test } from "vitest";
import { importUnleash } from "../../src/domain/unleash/import.ts";
import { configBody } from "../support/bodies.ts";

/**
 * Unleash's public client specification (`@unleash/client-specification`) through the import: each state becomes configs
 * as they would stand in etcd, and each case is asked of the table that OFREP, OpenFeature and agents ask.
 */
interface Case {
  readonly description: string;
  readonly context: Readonly<Record<string, unknown>> & { readonly properties?: Record<string, unknown> };
  readonly toggleName: string;
}
interface Specification {
  readonly name: string;
  readonly state: unknown;
  readonly tests?: readonly (Case & { readonly expectedResult: boolean })[];
  readonly variantTests?: readonly (Case & { readonly expectedResult: object })[];
}

const folder = path.dirname(
  createRequire(import.meta.url).resolve("@unleash/client-specification/specifications/index.json"),
);
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), "utf8"));
const specifications = (read("index.json") as string[]).map((file) => read(file) as Specification);
const around = { nowMs: () => Date.parse("2022-01-25T13:00:00Z"), random: () => 0.5, flag: () => undefined };

function tableOf(state: unknown) {
  const { flags, refused } = importUnleash(state);
  expect(refused).toEqual([]);
  const levers = flags.map(({ name, flag }) => ({
    kind: "config" as const,
    name,
    service: "order",
    revision: 1,
    resource: parseResourceStrict("config", JSON.parse(configBody(JSON.stringify(flag), "flag"))),
  }));
  const table = new FlagTable(levers, { instance: undefined, around });
  const compiled = new Map(
    levers.map(({ name, resource }) => [name, compileFlag(name, parseFlag(resource.spec.value ?? ""))]),
  );
  const names = new Map(flags.map(({ feature, name }) => [feature, name]));
  return { table, compiled, names };
}

/** Fields of `properties` are fields of the context here. */
function contextOf({ properties, ...context }: Case["context"]) {
  const read = readFlagContext({ ...properties, ...context });
  if ("fault" in read) throw new Error(read.fault);
  return read.context;
}

test("the whole specification is here", () => {
  const cases = specifications.flatMap(({ tests = [], variantTests = [] }) => [...tests, ...variantTests]);
  expect(specifications.length).toBeGreaterThanOrEqual(22);
  expect(cases.length).toBeGreaterThanOrEqual(250);
});

describe.each(specifications)("$name", ({ state, tests = [], variantTests = [] }) => {
  const { table, compiled, names } = tableOf(state);

  test.each(tests)("$description", ({ context, toggleName, expectedResult }) => {
    const answer = table.evaluate(toggleName, contextOf(context));
    expect(isFault(answer) ? false : answer.value).toBe(expectedResult);
  });

  test.each(variantTests)("variant: $description", ({ context, toggleName, expectedResult }) => {
    const decision = compiled
      .get(names.get(toggleName) ?? "")
      ?.decide(contextOf(context), { ...around, flag: (name) => compiled.get(name) });
    const { variant, enabled = false } = decision ?? {};
    expect({
      name: variant?.name ?? NO_VARIANT,
      ...(variant?.payload === undefined ? {} : { payload: variant.payload }),
      enabled: variant !== undefined,
      feature_enabled: enabled,
    }).toEqual(expectedResult);
    // Whoever asks over OFREP finds the same.
    const answer = table.evaluate(toggleName, contextOf(context));
    expect(isFault(answer) ? undefined : answer.variant).toBe(variant?.name);
  });
});

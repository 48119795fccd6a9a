import { describe, expect, it } from "vitest";
import english from "./en.json";
import chinese from "./zh-CN.json";

type Tree = { readonly [key: string]: string | Tree };

const leaves = (tree: Tree, path = ""): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[`${path}${key}`, value] as [string, string]]
      : leaves(value, `${path}${key}.`),
  );

/** Names of arguments, at any depth; the words inside a plural are not arguments. */
const argumentsOf = (message: string): string[] =>
  [...new Set([...message.matchAll(/\{\s*([a-zA-Z]\w*)\s*[,}]/g)].map((match) => match[1] ?? ""))].sort();

describe("both languages are complete", () => {
  const [en, zh] = [new Map(leaves(english)), new Map(leaves(chinese))];

  it("have equal keys", () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it("leave no message empty", () => {
    for (const [key, text] of [...en, ...zh]) expect([key, text.trim()]).not.toEqual([key, ""]);
  });

  it("use the same arguments", () => {
    for (const [key, text] of en)
      expect([key, argumentsOf(zh.get(key) ?? "")]).toEqual([key, argumentsOf(text)]);
  });

  it("say in Chinese what is said in English", () => {
    const same = [...en].filter(([key, text]) => zh.get(key) === text).map(([key]) => key);
    const names = [
      "config.formats.json",
      "config.formats.properties",
      "config.formats.yaml",
      "traces.atLeastHint",
      "traces.atMostHint",
      "traces.download.jaeger",
      "traces.download.otlp",
      "traces.leverHint",
      "traces.statements.p50",
      "traces.statements.p95",
      "traces.statistics.p95Ns",
      "traces.tagsHint",
    ];
    expect(same.sort()).toEqual(
      [...names, "receipt.p50", "receipt.p99", "services.reads", "sheet.keyHint"].sort(),
    );
  });
});

import { describe, expect, it } from "vitest";
import { bodyDifferences, lineDifferences, readable, threeWayLeaves } from "./leaves.ts";

const body = (spec: unknown, meta: object = {}) => ({ schema: 1, spec, meta: { version: 3, ...meta } });

describe("what an author made otherwise", () => {
  it("is told leaf by leaf, and bookkeeping never", () => {
    expect(
      bodyDifferences(
        body({ position: "NORMAL", level: "core" }, { version: 3, reason: "a", owner: "shop" }),
        body({ position: "DEGRADED", level: "core" }, { version: 4, reason: "b", owner: "bank" }),
      ),
    ).toEqual([
      { path: "spec.position", before: "NORMAL", after: "DEGRADED" },
      { path: "meta.owner", before: "shop", after: "bank" },
    ]);
  });

  it("is every leaf of what was made, and of what was deleted", () => {
    const made = body({ a: 1, b: { c: [1, 2] } });
    expect(bodyDifferences(undefined, made)).toEqual([
      { path: "spec.a", before: undefined, after: 1 },
      { path: "spec.b.c", before: undefined, after: [1, 2] },
    ]);
    expect(bodyDifferences(made, undefined).map(({ path, after }) => [path, after])).toEqual([
      ["spec.a", undefined],
      ["spec.b.c", undefined],
    ]);
  });

  it("compares a JSON text key by key, and any other text as one", () => {
    const config = (value: string) => body({ format: "json", value });
    expect(bodyDifferences(config('{"max":20,"min":2}'), config('{"min": 2, "max": 40}'))).toEqual([
      { path: "spec.value.max", before: 20, after: 40 },
    ]);
    expect(bodyDifferences(config('{"max":20}'), config("max: 20")).map(({ path }) => path)).toEqual([
      "spec.value",
    ]);
    // The same keys, written otherwise, is still another text.
    expect(bodyDifferences(config('{"max":20}'), config('{"max": 20}')).map(({ path }) => path)).toEqual([
      "spec.value",
    ]);
  });
});

describe("a sealed value", () => {
  const sealed = (tag: string) => ({ kid: "k1", iv: `iv${tag}`, ct: "c2VjcmV0", tag });

  it("shows as one fingerprint, wherever it stands, and nothing of what it holds", () => {
    const shown = bodyDifferences(
      body({ format: "text", secret: sealed("AAAAAAAAAAAA") }),
      body(
        { format: "text", secret: sealed("BBBBBBBBBBBB") },
        { expiry: { at: "t", restore: { secret: sealed("C") } } },
      ),
    );
    expect(shown.filter(({ path }) => path.endsWith("secret"))).toEqual([
      { path: "spec.secret", before: { fingerprint: "AAAAAAAA" }, after: { fingerprint: "BBBBBBBB" } },
      { path: "meta.expiry.restore.secret", before: undefined, after: { fingerprint: "C" } },
    ]);
    expect(JSON.stringify(shown)).not.toContain("c2VjcmV0");
  });

  it("shows so in a server's diff as well, in whatever order its parts come", () => {
    const parts = (["tag", "ct", "iv", "kid"] as const).map((part) => ({
      path: `spec.secret.${part}`,
      before: sealed("AAAAAAAAAA")[part],
      after: undefined,
    }));
    for (const entries of [parts, parts.toReversed()]) {
      expect(readable(entries)).toEqual([
        { path: "spec.secret", before: { fingerprint: "AAAAAAAA" }, after: undefined },
      ]);
    }
  });
});

it("lines: only what differs between the equal ends", () => {
  expect(lineDifferences("a\nb\nc\nd", "a\nB\nc2\nd")).toEqual({
    lost: ["b", "c"],
    gained: ["B", "c2"],
    from: 2,
  });
  expect(lineDifferences("a\na", "a\na\na")).toEqual({ lost: [], gained: ["a"], from: 3 });
});

it("three ways: who changed which leaf, and where both did", () => {
  const base = body({ position: "DEGRADED", level: "core", owner: 1, gone: true });
  const theirs = body({ position: "DEGRADED", level: "secondary", owner: 2, gone: true });
  const yours = { spec: { position: "NORMAL", level: "secondary", owner: 3, gone: true } };
  expect(threeWayLeaves(base, theirs, yours).map(({ path, outcome }) => [path, outcome])).toEqual([
    ["spec.level", "agreed"],
    ["spec.owner", "contested"],
    ["spec.position", "yours"],
  ]);
  const deleted = threeWayLeaves(body({ a: 1 }), undefined, { spec: { a: 2 } });
  expect(deleted).toEqual([{ path: "spec.a", base: 1, theirs: undefined, yours: 2, outcome: "contested" }]);
});

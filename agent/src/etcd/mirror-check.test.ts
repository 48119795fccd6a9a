import { describe, expect, it } from "vitest";
import { anotherLife, type Evidence, holds, type Life } from "./mirror-check.ts";
import type { KeyValue } from "./requests.ts";

const life: Life = { clusterId: "c1", epochId: "e1", seenRevision: 100, headRevision: 90 };
const held = (revision: number, ...modRevisions: number[]) => ({
  revision,
  entries: new Map<string, KeyValue>(
    modRevisions.map((modRevision, i) => [
      i === 0 ? "head" : `k${i}`,
      { key: `k${i}`, value: Buffer.alloc(0), createRevision: 1, modRevision, version: 1, lease: "0" },
    ]),
  ),
});

describe("another life of the data", () => {
  it.each([
    ["the same, at the same revision", { clusterId: "c1", revision: 100, epochId: "e1" }, /^$/],
    ["the same, later, without a head", { clusterId: "c1", revision: 900 }, /^$/],
    ["another cluster", { clusterId: "c2", revision: 900, epochId: "e1" }, /cluster id c2/],
    ["a revision below one seen", { clusterId: "c1", revision: 99, epochId: "e1" }, /revision 99 below 100/],
    [
      "a head below one seen, though others wrote since",
      { clusterId: "c1", revision: 900, epochId: "e1", headRevision: 89 },
      /head at revision 89 below 90/,
    ],
    ["the same head", { clusterId: "c1", revision: 900, epochId: "e1", headRevision: 90 }, /^$/],
    ["a head that is gone", { clusterId: "c1", revision: 900, headRevision: 0 }, /^$/],
    ["another epoch", { clusterId: "c1", revision: 900, epochId: "e2" }, /epoch e2 instead of e1/],
  ])("%s", (_, seen, expected) => {
    expect(anotherLife(life, seen) ?? "").toMatch(expected);
  });

  it("is not told by the first epoch id that is ever seen", () => {
    const unheaded: Life = {
      clusterId: life.clusterId,
      epochId: undefined,
      seenRevision: 100,
      headRevision: 0,
    };
    expect(anotherLife(unheaded, { clusterId: "c1", revision: 100, epochId: "e1" })).toBeUndefined();
  });
});

describe("a mirror holds what etcd showed", () => {
  const head = { kind: "head" as const, key: "head", epochOf: () => undefined };
  const newest = { kind: "newest" as const };
  const shown = (revision: number, modRevision: number, count?: number): Evidence => ({
    revision,
    clusterId: "c1",
    modRevision,
    ...(count === undefined ? {} : { count }),
  });

  it.each([
    ["head: it has applied the head's revision", head, held(50, 50), shown(60, 50), true],
    ["head: the head is newer", head, held(50, 50), shown(60, 55), false],
    ["head: none, and none held", head, held(50), shown(60, 0), true],
    ["head: none any more, but still held", head, held(50, 50), shown(60, 0), false],
    ["head: none then, and a later revision applied since", head, held(61, 61), shown(60, 0), true],
    ["newest: same newest and count", newest, held(50, 40, 50), shown(60, 50, 2), true],
    ["newest: a newer key", newest, held(50, 40, 50), shown(60, 55, 2), false],
    ["newest: a key fewer, by a delete not seen", newest, held(50, 40, 50), shown(60, 50, 1), false],
    ["newest: a later revision applied since", newest, held(61, 40, 61), shown(60, 55, 1), true],
    ["newest: nothing there", newest, held(50), shown(60, 0, 0), true],
  ])("%s", (_, proof, mirror, evidence, expected) => {
    expect(holds(mirror, proof, evidence)).toBe(expected);
  });
});

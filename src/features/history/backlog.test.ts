import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backlog } from "./backlog.ts";
import type { JournalNews } from "./journal-source.ts";

const news = (revision: number, bytes = 10): JournalNews => ({
  id: `j${revision}`,
  revision,
  body: Buffer.alloc(bytes),
});
const revisionsOf = (backlog: Backlog): number[] =>
  backlog.first(10_000, Number.POSITIVE_INFINITY).map((entry) => entry.revision);
const MIB = 1_048_576;

describe("the backlog of journals", () => {
  it("holds exactly what was committed after SQL's position, however lists, news and drops interleave", () => {
    const step = fc.oneof(
      fc.constant("commit" as const),
      fc.constant("hear" as const),
      fc.constant("list" as const),
      fc.constant("project" as const),
    );
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const backlog = new Backlog();
      let committed = 0;
      let heard = 0;
      let listed = 0;
      let projected = 0;
      for (const one of steps) {
        if (one === "commit") committed += 1;
        if (one === "hear" && heard < committed) backlog.add([news(++heard)], heard);
        if (one === "list") {
          const keys = Array.from({ length: committed }, (_, index) => news(index + 1));
          backlog.reset(keys, committed, projected, 0);
          listed = committed;
        }
        if (one === "project") {
          const [first] = backlog.first(1, MIB);
          if (first !== undefined) backlog.drop((projected = first.revision));
        }
        const known = Math.max(heard, listed);
        const wanted = Array.from({ length: known - projected }, (_, index) => projected + index + 1);
        expect(revisionsOf(backlog)).toEqual(wanted);
      }
    });
    expect(() => fc.assert(property, { numRuns: 500 })).not.toThrow();
  });

  it("keeps bodies up to 8 MiB, and the places of all the others", () => {
    const backlog = new Backlog();
    for (let revision = 1; revision <= 12; revision += 1) backlog.add([news(revision, MIB)], 0);
    const kept = backlog.first(100, Number.POSITIVE_INFINITY).filter((entry) => entry.body !== undefined);
    expect([backlog.size, kept.length]).toEqual([12, 8]);
    backlog.drop(4);
    backlog.add([news(13, MIB)], 0);
    expect(backlog.first(100, Number.POSITIVE_INFINITY).at(-1)?.body).toBeDefined();
  });

  it("gives a batch that is bounded by count and by bytes, but always one", () => {
    const backlog = new Backlog();
    for (let revision = 1; revision <= 5; revision += 1) backlog.add([news(revision, MIB)], 0);
    expect(backlog.first(3, 100 * MIB)).toHaveLength(3);
    expect(backlog.first(9, 2 * MIB)).toHaveLength(2);
    expect(backlog.first(9, 1)).toHaveLength(1);
  });

  it("knows since when the oldest waits, and keeps that over a list", () => {
    const backlog = new Backlog();
    backlog.add([news(3)], 100);
    backlog.add([news(4)], 200);
    expect(backlog.oldestMs).toBe(100);
    backlog.reset([news(3), news(4)], 4, 0, 900);
    expect([backlog.oldestMs, backlog.first(1, MIB)[0]?.body?.length]).toEqual([100, 10]);
    backlog.drop(3);
    expect(backlog.oldestMs).toBe(200);
    backlog.drop(4);
    expect(backlog.oldestMs).toBeUndefined();
  });

  it("begins anew in another life, whose revisions are lower", () => {
    const backlog = new Backlog();
    backlog.add([news(900)], 0);
    backlog.clear();
    backlog.add([news(5)], 0);
    expect(revisionsOf(backlog)).toEqual([5]);
  });
});

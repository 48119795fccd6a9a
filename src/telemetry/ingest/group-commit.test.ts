import { describe, expect, test } from "vitest";
import { ByteBudget } from "./byte-budget.ts";
import { type Batch, GroupCommit } from "./group-commit.ts";
import type { RowWriter } from "./row-writer.ts";

const row = (writer: RowWriter, text: string): void => {
  writer.text(text);
  writer.rows += 1;
};

/** A store whose inserts end when the test says so. */
function heldStore() {
  const inserts: { batches: readonly Batch[]; end: (error?: Error) => void }[] = [];
  const store = (batches: readonly Batch[]): Promise<void> =>
    new Promise((resolve, reject) => {
      inserts.push({ batches, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { inserts, store };
}

const settled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);

describe("a group commit", () => {
  test("answers nobody before the rows are stored, and puts those who come together into one insert", async () => {
    const { inserts, store } = heldStore();
    const budget = new ByteBudget(1_000);
    const commit = new GroupCommit({ store, budget, mostRows: 2, gatherMs: 60_000 });
    const first = commit.add((writerOf) => row(writerOf("a"), "one"));
    const second = commit.add((writerOf) => row(writerOf("a"), "two"));
    expect(inserts.map(({ batches }) => batches.map(({ table, rows }) => [table, rows]))).toEqual([
      [["a", 2]],
    ]);
    expect(await settled(first)).toBe(false);
    expect(budget.held).toBe(8);
    inserts[0]?.end();
    await Promise.all([first, second]);
    expect(budget.held).toBe(0);
  });

  test("lets few rows gather longer, and many go at once", async () => {
    const { inserts, store } = heldStore();
    const commit = new GroupCommit({ store, budget: new ByteBudget(10_000), gatherMs: 1, quietMs: 60_000 });
    const few = commit.add((writerOf) => row(writerOf("a"), "one"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(inserts).toHaveLength(0);
    const many = commit.add((writerOf) => {
      for (let index = 0; index < 500; index++) row(writerOf("a"), "more");
    });
    await expect.poll(() => inserts.length).toBe(1);
    expect(inserts[0]?.batches[0]?.rows).toBe(501);
    inserts[0]?.end();
    await Promise.all([few, many]);
  });

  test("goes on when more came while two groups were being stored", async () => {
    const { inserts, store } = heldStore();
    const commit = new GroupCommit({
      store,
      budget: new ByteBudget(1_000),
      mostRows: 1,
      gatherMs: 1,
      quietMs: 1,
    });
    const all = ["a", "b", "c", "d"].map((text) => commit.add((writerOf) => row(writerOf("t"), text)));
    expect(inserts).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(inserts).toHaveLength(2);
    for (const { end } of inserts.splice(0)) end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const { end } of inserts.splice(0)) end();
    await Promise.all(all);
  });

  test("takes back what a request wrote that is refused, and leaves the others' rows", async () => {
    const { inserts, store } = heldStore();
    const budget = new ByteBudget(10);
    const commit = new GroupCommit({ store, budget, gatherMs: 60_000 });
    const kept = commit.add((writerOf) => row(writerOf("a"), "kept"));
    await expect(
      commit.add((writerOf) => {
        row(writerOf("a"), "half");
        row(writerOf("b"), "half");
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
    await expect(commit.add((writerOf) => row(writerOf("a"), "far too long"))).rejects.toMatchObject({
      kind: "overloaded",
    });
    void commit.drained();
    expect(inserts[0]?.batches.map(({ table, chunks }) => [table, Buffer.concat(chunks).toString()])).toEqual(
      [["a", "\u0004kept"]],
    );
    inserts[0]?.end();
    await kept;
  });

  test("tells everybody of a group when it could not be stored", async () => {
    const { inserts, store } = heldStore();
    const budget = new ByteBudget(100);
    const commit = new GroupCommit({ store, budget, mostRows: 2, gatherMs: 60_000 });
    const both = [1, 2].map(() => commit.add((writerOf) => row(writerOf("a"), "x")));
    inserts[0]?.end(new Error("gone"));
    for (const one of both) await expect(one).rejects.toThrow("gone");
    expect(budget.held).toBe(0);
  });
});

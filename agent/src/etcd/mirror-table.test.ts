import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MirrorTable } from "./mirror-table.ts";
import type { MirrorBatch, MirrorChange } from "./mirror-types.ts";
import type { KeyValue } from "./requests.ts";

const HEAD = "head";
const keys = [HEAD, "a", "b", "c"] as const;
const tableOf = (): MirrorTable => new MirrorTable({ key: HEAD, epochOf: (value) => value.toString() });

const entry = (key: string, revision: number, value = "e1"): KeyValue => ({
  key,
  value: Buffer.from(value),
  createRevision: revision,
  modRevision: revision,
  version: 1,
  lease: "0",
});

/** What etcd does: each step is one revision of puts and deletes; the mirror hears of it at once, or lists later. */
const step = fc.record({
  changes: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.boolean(), { minKeys: 1 }),
  heard: fc.boolean(),
  wiped: fc.integer({ min: 0, max: 14 }).map((draw) => draw === 0),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An etcd, a table that hears of some of its revisions, and a host that looks at changes only, never at entries. */
class World {
  readonly #table = tableOf();
  readonly #shadow = new Map<string, KeyValue>();
  #store = new Map<string, KeyValue>();
  #revision = 1;
  #epoch = 1;
  #behind = true;
  #last = 0;

  run({ changes, heard, wiped }: Step): void {
    if (wiped) this.#wipe();
    const made = this.#write(changes);
    if (!heard) this.#behind = true;
    else if (this.#behind) this.#list();
    else this.#hear(made);
    if (this.#behind) return;
    assert.deepEqual(new Map(this.#table.entries), this.#store);
    assert.deepEqual(this.#shadow, this.#store);
    assert.deepEqual([this.#table.revision, this.#table.life?.epochId], [this.#revision, `e${this.#epoch}`]);
  }

  #wipe(): void {
    this.#store = new Map();
    this.#revision = 1;
    this.#epoch++;
    this.#behind = true;
  }

  #write(changes: Step["changes"]): MirrorChange[] {
    const revision = ++this.#revision;
    const made: MirrorChange[] = Object.entries(changes).map(([key, put]) =>
      put ? { type: "put", entry: entry(key, revision, "v") } : { type: "delete", key, revision },
    );
    made.push({ type: "put", entry: entry(HEAD, revision, `e${this.#epoch}`) });
    apply(this.#store, made);
    return made;
  }

  #hear(changes: MirrorChange[]): void {
    const whole = { revision: this.#revision, changes };
    assert.equal(this.#table.strangerIn(whole), undefined);
    this.#take(this.#table.apply(whole));
  }

  #list(): void {
    const before = this.#table.life;
    const listed = { revision: this.#revision, clusterId: "c", entries: new Map(this.#store), pageSize: 512 };
    const { batch, newEpoch } = this.#table.install(listed, "compacted", undefined);
    assert.equal(newEpoch !== undefined, before !== undefined && before.epochId !== `e${this.#epoch}`);
    if (batch) this.#take(batch);
    this.#behind = false;
  }

  #take(batch: MirrorBatch): void {
    const over = batch.kind === "list" && batch.newEpoch !== undefined;
    assert.ok(over || batch.revision > this.#last);
    this.#last = batch.revision;
    apply(this.#shadow, batch.changes);
  }
}

function apply(to: Map<string, KeyValue>, changes: readonly MirrorChange[]): void {
  for (const change of changes)
    if (change.type === "put") to.set(change.entry.key, change.entry);
    else to.delete(change.key);
}

describe("a mirror's table", () => {
  it("is what etcd holds after every list and every revision, and so is a host that follows the changes", () => {
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World();
      for (const one of steps) world.run(one);
    });
    expect(() => fc.assert(property, { numRuns: 300 })).not.toThrow();
  });

  it("says nothing of a list that changes nothing at a revision that was applied", () => {
    const table = tableOf();
    const listed = { revision: 5, clusterId: "c", entries: new Map([["a", entry("a", 3)]]), pageSize: 512 };
    expect(table.install(listed, "start", undefined).batch).toBeDefined();
    expect(table.install(listed, "cancelled", undefined).batch).toBeUndefined();
    expect(table.install({ ...listed, revision: 6 }, "cancelled", undefined).batch).toMatchObject({
      changes: [],
    });
    expect(table.install(listed, "cancelled", "told so").batch).toMatchObject({
      cause: "epoch",
      newEpoch: "told so",
    });
  });

  it("keeps a revision that bears another epoch id out, and takes the first id for its own", () => {
    const table = tableOf();
    table.install({ revision: 5, clusterId: "c", entries: new Map(), pageSize: 512 }, "start", undefined);
    const first = { revision: 6, changes: [{ type: "put" as const, entry: entry(HEAD, 6, "e1") }] };
    expect(table.strangerIn(first)).toBeUndefined();
    table.apply(first);
    const other = { revision: 7, changes: [{ type: "put" as const, entry: entry(HEAD, 7, "e2") }] };
    expect(table.strangerIn(other)).toContain("e2");
    expect(table.revision).toBe(6);
  });

  it("resumes after what was proved not to concern it, though its revision stays", () => {
    const table = tableOf();
    const entries = new Map(keys.map((key) => [key, entry(key, 4)]));
    table.install({ revision: 5, clusterId: "c", entries, pageSize: 512 }, "start", undefined);
    table.advance(90);
    table.advance(20);
    expect([table.revision, table.cursor]).toEqual([5, 90]);
    table.apply({ revision: 91, changes: [{ type: "delete", key: "a", revision: 91 }] });
    expect([table.revision, table.cursor]).toEqual([91, 91]);
  });

  it("passes values on and keeps none, where only keys are wanted", () => {
    const table = new MirrorTable(undefined, true);
    const listed = new Map([["a", entry("a", 4, "")]]);
    table.install({ revision: 5, clusterId: "c", entries: listed, pageSize: 512 }, "start", undefined);
    const put = { type: "put" as const, entry: entry("b", 6, "body") };
    expect(table.apply({ revision: 6, changes: [put] }).changes).toEqual([put]);
    expect([...table.entries.values()].map((one) => [one.key, one.modRevision, one.value.length])).toEqual([
      ["a", 4, 0],
      ["b", 6, 0],
    ]);
    const again = new Map([
      ["a", entry("a", 4, "")],
      ["b", entry("b", 6, "")],
    ]);
    const relisted = table.install(
      { revision: 7, clusterId: "c", entries: again, pageSize: 512 },
      "compacted",
      undefined,
    );
    expect(relisted.batch?.changes).toEqual([]);
  });
});

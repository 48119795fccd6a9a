import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { silentLogger } from "../logger.ts";
import { SnapshotFile, snapshotPath } from "./snapshot-file.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "./snapshot-schema.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "leverframe-snapshot-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const at = (revision: number, o: { epoch?: string; shared?: number; savedAtMs?: number } = {}): Snapshot => {
  const known = { epoch: o.epoch ?? "epoch0000001a", clusterId: "c1", headRevision: 1, regressed: false };
  return {
    format: 1,
    env: "dev",
    service: "order",
    instance: "order-1",
    savedAtMs: o.savedAtMs ?? 5,
    live: {
      own: {
        revision,
        known: { ...known, revision },
        goods: [{ key: "/a", value: "{}", modRevision: revision, createRevision: 1 }],
      },
      shared: { revision: o.shared ?? 1, known: { ...known, revision: o.shared ?? 1 }, goods: [] },
    },
    registries: { comment: { "comment-1": "{}" } },
  };
};
const newFile = () => new SnapshotFile(snapshotPath(join(dir, "deep"), "dev", "order", "order-1"));

describe("the file", () => {
  test("is named by environment, service and instance, and readable by its owner only", async () => {
    const file = newFile();
    expect(await file.write(at(7))).toBe(true);
    expect(file.path).toBe(join(dir, "deep", "dev.order.order-1.json"));
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(dir, "deep"))).toEqual(["dev.order.order-1.json"]);
    expect(await newFile().read()).toEqual(at(7));
  });

  test("is absent, or not to be believed", async () => {
    expect(await newFile().read()).toBeUndefined();
    const file = newFile();
    await file.write(at(7));
    const text = await readFile(file.path, "utf8");
    for (const broken of [
      "",
      text.slice(0, -9),
      text.replace('"revision":7', '"revision":8'),
      "{}",
      "null",
    ]) {
      await writeFile(file.path, broken);
      await expect(file.read()).rejects.toThrow();
    }
  });

  test("is never overwritten by an older state of the same life", async () => {
    await newFile().write(at(7, { shared: 3 }));
    expect(await newFile().write(at(6, { shared: 3 }))).toBe(false);
    expect(await newFile().write(at(8, { shared: 2 }))).toBe(false);
    expect(await newFile().write(at(7, { shared: 3 }))).toBe(true);
    expect((await newFile().read())?.live.own.revision).toBe(7);
    expect(await newFile().write(at(2, { epoch: "epoch0000002b" }))).toBe(true);
  });

  test("two writers each see the other's newer state", async () => {
    const [first, second] = [newFile(), newFile()];
    await first.write(at(5));
    await second.write(at(9));
    expect(await first.write(at(6))).toBe(false);
    expect(await first.write(at(10))).toBe(true);
  });

  test("a broken file is replaced", async () => {
    const file = newFile();
    await file.write(at(7));
    await writeFile(file.path, "junk");
    expect(await newFile().write(at(3))).toBe(true);
  });
});

test("any bodies come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (values) => {
      const snapshot = at(4);
      const goods = values.map((value, index) => ({
        key: `/k${index}`,
        value,
        modRevision: index,
        createRevision: 1,
      }));
      const kept = { ...snapshot, live: { ...snapshot.live, own: { ...snapshot.live.own, goods } } };
      expect(decodeSnapshot(encodeSnapshot(kept))).toEqual(kept);
    }),
  );
});

describe("the keeper", () => {
  /** A file that remembers only. */
  class MemoryFile extends SnapshotFile {
    readonly writes: Snapshot[] = [];
    fault: Error | undefined;
    override async write(snapshot: Snapshot): Promise<boolean> {
      if (this.fault !== undefined) throw this.fault;
      this.writes.push(snapshot);
      return true;
    }
  }
  const bench = () => {
    const clock = new FakeClock();
    const file = new MemoryFile(join(dir, "x"));
    const warnings: string[] = [];
    const state: { snapshot: Snapshot | undefined } = { snapshot: at(1) };
    const keeper = new SnapshotKeeper({
      file,
      clock,
      logger: { ...silentLogger, warn: (_, message) => warnings.push(message) },
      take: () =>
        state.snapshot === undefined ? undefined : { ...state.snapshot, savedAtMs: clock.wallMs() },
    });
    return { clock, file, keeper, state, warnings };
  };

  test("writes at most once a second, however much changes, and the last state for sure", async () => {
    const { clock, file, keeper, state } = bench();
    for (let change = 1; change <= 300; change++) {
      state.snapshot = at(change);
      keeper.touch();
      await clock.advance(10);
    }
    await clock.advance(1_000);
    expect(file.writes.length).toBeLessThanOrEqual(5);
    expect(file.writes.at(-1)?.live.own.revision).toBe(300);
    expect(keeper.ageMs).toBeLessThan(1_500);
  });

  test("refreshes an unchanged state each minute, so that its age is true", async () => {
    const { clock, file, keeper } = bench();
    keeper.touch();
    await clock.advance(200);
    expect(file.writes).toHaveLength(1);
    await clock.advance(59_000);
    expect(keeper.ageMs).toBe(59_000);
    await clock.advance(1_000);
    expect(file.writes).toHaveLength(2);
  });

  test("a disk that fails is told once and tried again", async () => {
    const { clock, file, keeper, warnings } = bench();
    file.fault = new Error("ENOSPC");
    keeper.touch();
    await clock.advance(1_300);
    keeper.touch();
    await clock.advance(1_300);
    expect(warnings).toHaveLength(1);
    file.fault = undefined;
    keeper.touch();
    await clock.advance(1_300);
    expect(file.writes).toHaveLength(1);
  });

  test("close writes what is unwritten and leaves no timer", async () => {
    const { clock, file, keeper } = bench();
    keeper.touch();
    await keeper.close();
    expect(file.writes).toHaveLength(1);
    keeper.touch();
    expect(clock.pending).toBe(0);
  });
});

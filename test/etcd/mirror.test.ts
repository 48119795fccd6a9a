import { type Etcd, EtcdError, Mirror, openEtcd } from "@leverframe/agent/etcd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FaultProxy } from "../support/fault-proxy.ts";
import { GroupLoad } from "../support/group-load.ts";
import { MirrorWitness } from "../support/mirror-witness.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { countFragments, mute, type Stream, slow, withWatch } from "../support/tampered-etcd.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const at = useWorkerEtcd();
const seed = seedOfRun(process.env["LEVERFRAME_TEST_SEED"]);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
console.log(`mirror tests: LEVERFRAME_TEST_SEED=${seed}`);

const KEYS = 5;

let proxy: FaultProxy;
let far: Etcd;
let prefix: string;
let witness: MirrorWitness;
let load: GroupLoad;
let random: () => number;

const newest = (): number => Math.max(0, ...load.acknowledged);

beforeEach(async () => {
  random = seeded(seed);
  proxy = await FaultProxy.start(at.server.clientPort);
  far = openEtcd({ endpoints: [proxy.endpoint] });
  prefix = `/${freshEnvironment()}/`;
  load = new GroupLoad({ etcd: at.etcd, prefix, random, groups: 20, keysPerGroup: KEYS });
  witness = new MirrorWitness({ etcd: far, prefix, check: { kind: "newest" }, keysPerGroup: KEYS });
});

afterEach(async () => {
  await witness.mirror.close();
  far.close();
  await proxy.close();
});

describe("a mirror through connections that break", () => {
  it("loses and doubles nothing when cut again and again in the middle of replay and load", async () => {
    await load.run({ changes: 500 });
    witness.mirror.start();
    const written = new AbortController();
    const cutting = (async () => {
      while (!written.signal.aborted) {
        proxy.cutAfter("down", 200 + Math.floor(random() * 20_000));
        while (proxy.cutPending && !written.signal.aborted) await sleep(2);
        // Away for a while now and then, so that there is something to replay, and cut that as well.
        if (random() < 0.5) {
          proxy.refuse(true);
          await sleep(random() * 150);
          proxy.cutAfter("down", 200 + Math.floor(random() * 3_000));
          proxy.refuse(false);
        }
      }
    })();
    await load.run({ changes: 4_500, lanes: 4, pauseMs: 3, until: () => proxy.cuts >= 25 });
    written.abort();
    await cutting;
    proxy.heal();
    await witness.reach(newest());
    expect(await witness.verdict(at.etcd, load)).toEqual([]);
    expect(witness.mirror.counters.relists).toBe(0);
    expect(proxy.cuts).toBeGreaterThanOrEqual(25);
    expect(witness.mirror.counters.streams).toBeGreaterThanOrEqual(15);
    expect(witness.changes).toBeGreaterThanOrEqual(4_000);
  });

  it.each(["up", "down"] as const)("goes on where it was after a one-way stall (%s)", async (direction) => {
    witness.mirror.start();
    await witness.mirror.ready(5_000);
    let writing = true;
    const stalling = (async () => {
      for (const ms of [300, 3_500, 50, 800]) {
        await sleep(150);
        proxy.pause(direction);
        await sleep(ms);
        proxy.resume(direction);
      }
      writing = false;
    })();
    await load.run({ changes: 500, lanes: 2, pauseMs: 10, until: () => !writing });
    await stalling;
    await witness.reach(newest());
    expect(await witness.verdict(at.etcd, load)).toEqual([]);
    expect(witness.mirror.counters.relists).toBe(0);
  });

  it("leaves a connection that stays mute, by keepalive, and follows again within 5 s of the heal", async () => {
    witness.mirror.start();
    await witness.mirror.ready(5_000);
    await expect.poll(() => witness.mirror.status.state).toBe("following");
    proxy.pause("down");
    await load.run({ changes: 200 });
    await expect.poll(() => witness.mirror.status.state, { timeout: 15_000 }).toBe("connecting");
    await load.run({ changes: 200 });
    proxy.heal();
    const healedMs = performance.now();
    await expect.poll(() => witness.mirror.status.state, { timeout: 10_000, interval: 20 }).toBe("following");
    expect(performance.now() - healedMs).toBeLessThan(5_000);
    await witness.reach(newest());
    expect(await witness.verdict(at.etcd, load)).toEqual([]);
    expect(witness.mirror.counters.relists).toBe(0);
  });

  it("lists once when what it missed was compacted away, and only then", async () => {
    witness.mirror.start();
    await witness.mirror.ready(5_000);
    await load.run({ changes: 300 });
    await witness.reach(newest());
    proxy.refuse(true);
    proxy.cutAll();
    await load.run({ changes: 500 });
    await at.etcd.compact(newest());
    await load.run({ changes: 100 });
    proxy.heal();
    await witness.reach(newest());
    expect(await witness.verdict(at.etcd, load)).toEqual([]);
    expect(witness.mirror.counters).toMatchObject({ relists: 1, compactions: 1, epochs: 0, cancels: 0 });
    expect(witness.batches.filter((batch) => batch.kind === "list").map((batch) => batch.cause)).toEqual([
      "start",
      "compacted",
    ]);
  });

  it("does not list after a plain disconnect, even of a quiet prefix whose past was compacted", async () => {
    await load.step(0);
    witness.mirror.start();
    await witness.mirror.ready(5_000);
    const other = new GroupLoad({
      etcd: at.etcd,
      prefix: `${prefix.slice(0, -1)}x/`,
      random,
      groups: 3,
      keysPerGroup: 2,
    });
    await other.run({ changes: 100 });
    await witness.mirror.check();
    await at.etcd.compact(Math.max(...other.acknowledged));
    proxy.cutAll();
    await expect.poll(() => witness.mirror.counters.streams, { timeout: 5_000 }).toBe(2);
    await load.step(1);
    await witness.reach(newest());
    expect(witness.mirror.counters.relists).toBe(0);
    expect(await witness.verdict(at.etcd, load)).toEqual([]);
  });
});

describe("a mirror takes what etcd can hold", () => {
  it("catches up with 20 MB of revisions near 1 MiB, which etcd splits over fragments, through cuts", async () => {
    const wide = 128;
    const big = new GroupLoad({
      etcd: at.etcd,
      prefix,
      random,
      groups: 3,
      keysPerGroup: wide - 1,
      padBytes: 7_500,
      removeShare: 0,
    });
    const watcher = new MirrorWitness({
      etcd: far,
      prefix,
      check: { kind: "newest" },
      keysPerGroup: wide - 1,
    });
    watcher.mirror.start();
    await watcher.mirror.ready(5_000);
    proxy.refuse(true);
    proxy.cutAll();
    const before = proxy.passedBytes("down");
    for (let i = 0; i < 24; i++) await big.step(i % 3);
    proxy.refuse(false);
    for (let i = 0; i < 3; i++) {
      proxy.cutAfter("down", 3_000_000 + Math.floor(random() * 2_000_000));
      while (proxy.cutPending) await sleep(2);
    }
    await watcher.reach(Math.max(...big.acknowledged));
    expect(await watcher.verdict(at.etcd, big)).toEqual([]);
    expect(watcher.mirror.counters.relists).toBe(0);
    expect(watcher.batches.filter((batch) => batch.kind === "revision").length).toBe(big.acknowledged.size);
    expect(proxy.passedBytes("down") - before).toBeGreaterThan(20_000_000);
    await watcher.mirror.close();
  });

  it("applies one revision of several fragments at one go", async () => {
    const name = "n".repeat(400);
    for (let page = 0; page < 80; page++) {
      const success = Array.from({ length: 100 }, (_, i) => ({
        put: `${prefix}${name}/${page}/${i}`,
        value: "x",
      }));
      await at.etcd.txn({ compare: [], success });
    }
    const fragments = countFragments(far);
    const watcher = new MirrorWitness({
      etcd: fragments.etcd,
      prefix,
      check: { kind: "newest" },
      keysPerGroup: 1,
    });
    watcher.mirror.start();
    await watcher.mirror.ready(5_000);
    expect(watcher.mirror.entries.size).toBe(8_000);
    const { revision } = await at.etcd.delete({ prefix });
    await watcher.reach(revision);
    expect(fragments.count()).toBeGreaterThan(0);
    expect(watcher.batches.at(-1)).toMatchObject({ kind: "revision", revision, changes: 8_000 });
    expect(await watcher.verdict(at.etcd)).toEqual([]);
    await watcher.mirror.close();
  });

  it("lists pages beyond the receive limit by halving them", async () => {
    const value = Buffer.alloc(120_000, "v");
    for (let i = 0; i < 300; i++) await at.etcd.put(`${prefix}k${String(i).padStart(4, "0")}`, value);
    witness.mirror.start();
    await witness.mirror.ready(20_000);
    expect(witness.mirror.entries.size).toBe(300);
    expect(await witness.verdict(at.etcd)).toEqual([]);
  });
});

describe("a mirror proves its watch", () => {
  const timings = { checkEveryMs: 300, reopenAfterMs: 200, staleAfterMs: 1_200, deadlineMs: 400 };

  it.each(["head", "newest"] as const)("and reopens one that has gone silent (%s)", async (kind) => {
    const headKey = `${prefix}~head`;
    const body = (): string => "epoch-1";
    const headed = new GroupLoad({
      etcd: at.etcd,
      prefix,
      random,
      groups: 5,
      keysPerGroup: KEYS,
      head: { key: headKey, body },
    });
    let silentStreams = 0;
    let silent = false;
    const watcher = new MirrorWitness({
      etcd: mute(far, () => silent && watcher.mirror.counters.streams <= silentStreams),
      prefix,
      check: kind === "newest" ? { kind } : { kind, key: headKey, epochOf: (value) => value.toString() },
      keysPerGroup: KEYS,
      timings,
    });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    await headed.run({ changes: 100 });
    await watcher.reach(Math.max(...headed.acknowledged));
    silentStreams = watcher.mirror.counters.streams;
    silent = true;
    await headed.run({ changes: 100 });
    await watcher.reach(Math.max(...headed.acknowledged), 3_000);
    expect(await watcher.verdict(at.etcd, headed)).toEqual([]);
    expect(watcher.mirror.counters.streams).toBeGreaterThan(silentStreams);
    expect(watcher.mirror.counters.relists).toBe(0);
    await watcher.mirror.close();
  });

  it("and lists when reopening does not help", async () => {
    let silent = false;
    const watcher = new MirrorWitness({
      etcd: mute(far, () => silent),
      prefix,
      check: { kind: "newest" },
      keysPerGroup: KEYS,
      timings,
    });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    await load.run({ changes: 50 });
    await watcher.reach(newest());
    silent = true;
    await load.run({ changes: 50 });
    await watcher.reach(newest(), 5_000);
    expect(watcher.violations).toEqual([]);
    expect(watcher.mirror.counters).toMatchObject({ relists: 1, repairs: 1 });
    await watcher.mirror.close();
  });

  it("and says so when it can't", async () => {
    const watcher = new MirrorWitness({
      etcd: far,
      prefix,
      check: { kind: "newest" },
      keysPerGroup: KEYS,
      timings,
    });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    await expect.poll(() => watcher.mirror.status.state, { timeout: 2_000 }).toBe("following");
    proxy.refuse(true);
    proxy.cutAll();
    await expect.poll(() => watcher.mirror.status.state, { timeout: 3_000 }).toBe("stale");
    expect(watcher.mirror.status.error).toContain("etcd");
    proxy.heal();
    await expect.poll(() => watcher.mirror.status.state, { timeout: 5_000 }).toBe("following");
    expect(watcher.states).toEqual(["following", "connecting", "stale", "following"]);
    await watcher.mirror.close();
  });
});

describe("a mirror tells another life of the data", () => {
  const head = { kind: "head" as const, epochOf: (value: Buffer) => value.toString().split(" ")[0] };

  it("by a head with another epoch id, before any of that revision is applied", async () => {
    const key = `${prefix}~head`;
    await at.etcd.put(key, "epoch-1");
    const watcher = new MirrorWitness({ etcd: far, prefix, check: { ...head, key }, keysPerGroup: KEYS });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    await at.etcd.put(key, "epoch-1 again");
    const { revision } = await at.etcd.put(key, "epoch-2");
    await watcher.reach(revision);
    expect(watcher.batches.at(-1)).toMatchObject({ kind: "list", cause: "epoch" });
    expect(watcher.batches.at(-1)?.newEpoch).toContain("epoch-2");
    expect(watcher.mirror.counters).toMatchObject({ epochs: 1, relists: 1 });
    expect(await watcher.verdict(at.etcd)).toEqual([]);
    await watcher.mirror.close();
  });

  it.each(["head", "newest"] as const)("not by an answer that events have overtaken (%s)", async (kind) => {
    const key = `${prefix}~head`;
    const watcher = new MirrorWitness({
      etcd: slow(far, 120),
      prefix,
      check: kind === "head" ? { ...head, key } : { kind },
      keysPerGroup: KEYS,
      timings: { checkEveryMs: 20 },
    });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    await load.run({ changes: 2_500, lanes: 3, pauseMs: 3 });
    await watcher.reach(newest());
    expect(await watcher.verdict(at.etcd, load)).toEqual([]);
    expect(watcher.mirror.counters).toMatchObject({ epochs: 0, relists: 0, streams: 1 });
    await watcher.mirror.close();
  });

  it("not by the first head of a prefix that had none", async () => {
    const key = `${prefix}~head`;
    const watcher = new MirrorWitness({ etcd: far, prefix, check: { ...head, key }, keysPerGroup: KEYS });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    const { revision } = await at.etcd.put(key, "epoch-1");
    await watcher.reach(revision);
    expect(watcher.mirror.counters.epochs).toBe(0);
    await watcher.mirror.close();
  });
});

describe("a mirror and its host", () => {
  it("lists again when etcd cancels the watch", async () => {
    const streams: Stream[] = [];
    const watcher = new MirrorWitness({
      etcd: withWatch(far, (stream) => streams.push(stream)),
      prefix,
      check: { kind: "newest" },
      keysPerGroup: KEYS,
    });
    watcher.mirror.start();
    await watcher.mirror.ready(3_000);
    await expect.poll(() => watcher.mirror.status.state).toBe("following");
    streams.at(-1)?.write({ cancel_request: { watch_id: 0 } });
    await expect.poll(() => watcher.mirror.counters.cancels, { timeout: 3_000 }).toBe(1);
    await load.run({ changes: 50 });
    await watcher.reach(newest());
    expect(watcher.mirror.counters.relists).toBe(1);
    expect(await watcher.verdict(at.etcd, load)).toEqual([]);
    await watcher.mirror.close();
  });

  it("goes on when the host's code throws, and reports it", async () => {
    const errors: unknown[] = [];
    const mirror = new Mirror({
      etcd: far,
      prefix,
      check: { kind: "newest" },
      onBatch: () => {
        throw new Error("host's own");
      },
      onStatus: () => {
        throw new Error("host's own");
      },
      onError: (error) => errors.push(error),
    });
    mirror.start();
    await mirror.ready(3_000);
    const { revision } = await at.etcd.put(`${prefix}a`, "1");
    await expect.poll(() => mirror.revision).toBe(revision);
    expect(mirror.entries.get(`${prefix}a`)?.value.toString()).toBe("1");
    expect(errors.length).toBeGreaterThanOrEqual(3);
    await mirror.close();
  });

  it("says when it is not ready in time, and is ready later", async () => {
    proxy.refuse(true);
    witness.mirror.start();
    await expect(witness.mirror.ready(200)).rejects.toBeInstanceOf(EtcdError);
    await expect(witness.mirror.ready(200)).rejects.toMatchObject({ code: "DEADLINE" });
    proxy.heal();
    await witness.mirror.ready(5_000);
  });

  it.each(["following", "away"])("leaves nothing running once closed while %s", async (when) => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    if (when === "away") proxy.refuse(true);
    witness.mirror.start();
    if (when === "following") {
      await witness.mirror.ready(3_000);
      await witness.mirror.check();
    } else await sleep(300);
    const startedMs = performance.now();
    await witness.mirror.close();
    expect(performance.now() - startedMs).toBeLessThan(500);
    far.close();
    await expect.poll(() => proxy.connections, { timeout: 2_000 }).toBe(0);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length).toBeLessThanOrEqual(
      before,
    );
    const { streams } = witness.mirror.counters;
    await sleep(300);
    expect(witness.mirror.counters.streams).toBe(streams);
  });
});

import { describe, expect, test } from "vitest";
import { InstanceSet } from "./instance-set.ts";
import { Pool } from "./pool.ts";
import { bitsFrom } from "./random.ts";
import { recordReader } from "./read-record.ts";

const PREFIX = "/leverframe/v1/env/dev/registry/comment/";
const TTL = 5_000;

const body = (instance: string, o: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    schema: 1,
    service: "comment",
    instance,
    incarnation: "1",
    address: `${instance}:80`,
    version: "1",
    zone: "a",
    agentVersion: "0.1.0",
    startedAt: "2026-01-02T03:04:05.000Z",
    ...o,
  });
const entry = (instance: string, o = {}) => ({
  key: `${PREFIX}${instance}`,
  value: Buffer.from(body(instance, o)),
});

function bench(...names: string[]) {
  const set = new InstanceSet(() => TTL, recordReader("comment"));
  const time = { nowMs: 1_000 };
  const pool = new Pool({ zone: "a", bits: bitsFrom(1), now: () => time.nowMs });
  set.list(
    names.map((name) => entry(name)),
    time.nowMs,
  );
  return {
    set,
    time,
    put: (name: string, o = {}) => set.put(`${PREFIX}${name}`, Buffer.from(body(name, o))),
    drop: (name: string) => set.delete(`${PREFIX}${name}`, time.nowMs),
    relist: (...standing: string[]) =>
      set.list(
        standing.map((name) => entry(name)),
        time.nowMs,
      ),
    states: () =>
      Object.fromEntries(set.instances(time.nowMs).map(({ instance, state }) => [instance, state])),
    picks: (count: number) => {
      pool.take(set.instances(time.nowMs), () => 0);
      return Array.from({ length: count }, () => pool.pick()?.instance).filter((name) => name !== undefined);
    },
  };
}

test("picks the live ones in turn", () => {
  const { picks } = bench("a", "b", "c");
  expect(picks(6).sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
});

test("an instance without an address, or with a body that can't be read, is never picked", () => {
  const it = bench("a");
  it.put("worker", { address: undefined });
  it.set.put(`${PREFIX}junk`, Buffer.from("junk"));
  expect(new Set(it.picks(4))).toEqual(new Set(["a"]));
  expect(it.states()).toEqual({ a: "live", worker: "live" });
});

describe("a deletion", () => {
  test("after a leaving word ends it without suspicion", () => {
    const it = bench("a", "b", "c");
    it.put("b", { leaving: true });
    expect(it.states()).toEqual({ a: "live", c: "live" });
    it.drop("b");
    expect(it.states()).toEqual({ a: "live", c: "live" });
  });

  test("without one keeps it suspect for one TTL, unpicked while others live", () => {
    const it = bench("a", "b", "c");
    it.drop("b");
    expect(it.states()).toEqual({ a: "live", b: "suspect", c: "live" });
    expect(it.picks(6)).not.toContain("b");
    it.time.nowMs += TTL - 1;
    expect(it.states()["b"]).toBe("suspect");
    it.time.nowMs += 1;
    expect(it.states()).toEqual({ a: "live", c: "live" });
  });

  test("of the last but suspects leaves those to be picked", () => {
    const it = bench("a", "b");
    it.drop("a");
    it.put("b", { leaving: true });
    expect(it.picks(2)).toEqual(["a", "a"]);
  });

  test("that a list shows counts like one that was watched", () => {
    const it = bench("a", "b", "c");
    it.relist("a", "c");
    expect(it.states()["b"]).toBe("suspect");
  });

  test("is forgotten when it registers again", () => {
    const it = bench("a", "b", "c");
    it.drop("b");
    it.put("b", { incarnation: "2" });
    expect(it.states()["b"]).toBe("live");
    it.time.nowMs += TTL;
    expect(it.states()["b"]).toBe("live");
  });
});

describe("losing more than half within 10 s", () => {
  test("holds the last set, for five minutes at most", () => {
    const it = bench("a", "b", "c", "d", "e");
    it.drop("a");
    it.time.nowMs += 4_000;
    it.drop("b");
    expect(it.states()).toMatchObject({ a: "suspect", b: "suspect" });
    it.time.nowMs += 5_000;
    it.drop("c");
    expect(it.states()).toEqual({ a: "held", b: "held", c: "held", d: "live", e: "live" });
    expect(new Set(it.picks(10)).size).toBe(5);
    it.time.nowMs += 299_999;
    expect(it.states()["a"]).toBe("held");
    it.time.nowMs += 1;
    expect(it.states()).toEqual({ d: "live", e: "live" });
  });

  test("ends when they are back, instance by instance", () => {
    const it = bench("a", "b", "c");
    it.relist("c");
    expect(it.states()).toEqual({ a: "held", b: "held", c: "live" });
    it.put("a");
    expect(it.states()).toEqual({ a: "live", b: "held", c: "live" });
    it.put("b");
    expect(it.states()).toEqual({ a: "live", b: "live", c: "live" });
  });

  test("ends when as many others have taken their place", () => {
    const it = bench("a", "b", "c");
    it.relist("c");
    it.put("x");
    it.put("y");
    it.time.nowMs += 20_000;
    expect(it.states()).toEqual({ c: "live", x: "live", y: "live" });
  });

  test("is believed when confirmed", () => {
    const it = bench("a", "b", "c");
    it.relist();
    expect(it.picks(3)).toHaveLength(3);
    it.set.confirmLoss();
    expect(it.states()).toEqual({});
    expect(it.picks(1)).toEqual([]);
  });

  test("half is not more than half, a graceful stop is no loss, and a slow one no mass loss", () => {
    const half = bench("a", "b");
    half.drop("a");
    expect(half.states()["a"]).toBe("suspect");

    const graceful = bench("a", "b", "c");
    for (const name of ["a", "b"]) {
      graceful.put(name, { leaving: true });
      graceful.drop(name);
    }
    expect(graceful.states()).toEqual({ c: "live" });

    const slow = bench("a", "b", "c");
    slow.drop("a");
    slow.time.nowMs += 10_000;
    slow.drop("b");
    expect(slow.states()).toEqual({ b: "suspect", c: "live" });
  });
});

describe("a snapshot", () => {
  test("serves until the registry is seen, which is then believed as it is", () => {
    const set = new InstanceSet(() => TTL, recordReader("comment"));
    set.restore({ a: body("a"), b: body("b") });
    expect(set.instances(0).map(({ instance }) => instance)).toEqual(["a", "b"]);
    set.list([entry("b")], 0);
    expect(set.instances(0).map(({ instance }) => instance)).toEqual(["b"]);
  });

  test("keeps who is registered or held", () => {
    const it = bench("a", "b", "c");
    it.relist("c");
    expect(Object.keys(it.set.bodies()).sort()).toEqual(["a", "b", "c"]);
    it.set.confirmLoss();
    expect(Object.keys(it.set.bodies())).toEqual(["c"]);
  });
});

describe("foreign clients", () => {
  const foreign = (address: string) => ({ key: `/services/comment/${address}`, value: Buffer.from("{}") });

  test("stand beside those with an agent, and neither's list takes the other's away", () => {
    const it = bench("a", "b");
    it.set.list([foreign("10.0.0.1:80"), foreign("nowhere")], it.time.nowMs, "foreign");
    expect(it.states()).toEqual({ "10.0.0.1:80": "live", a: "live", b: "live" });
    it.relist("a", "b");
    expect(it.states()).toEqual({ "10.0.0.1:80": "live", a: "live", b: "live" });
    it.set.list([], it.time.nowMs, "foreign");
    expect(it.states()).toEqual({ "10.0.0.1:80": "suspect", a: "live", b: "live" });
  });

  test("one of them that ends is a small loss where the service is larger", () => {
    const it = bench("a");
    it.set.list([foreign("10.0.0.1:80")], it.time.nowMs, "foreign");
    it.set.delete("/services/comment/10.0.0.1:80", it.time.nowMs);
    expect(it.states()).toEqual({ "10.0.0.1:80": "suspect", a: "live" });
  });
});

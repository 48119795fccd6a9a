import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { Receipt } from "../protocol/index.ts";
import { ReceiptSender } from "./receipt-sender.ts";
import { dueAfterRevision, receiptDelayMs, retryDelayMs } from "./receipt-timing.ts";

function bench(o: { random?: () => number; failing?: () => boolean; slowMs?: number } = {}) {
  const clock = new FakeClock();
  const written: { atMs: number; receipt: Receipt }[] = [];
  const state = { revision: 1, decisions: 0 };
  let open = 0;
  let mostOpen = 0;
  const write = async (receipt: Receipt): Promise<void> => {
    open++;
    mostOpen = Math.max(mostOpen, open);
    if (o.slowMs !== undefined) await new Promise<void>((resolve) => clock.after(o.slowMs ?? 0, resolve));
    open--;
    if (o.failing?.()) throw new Error("etcd is gone");
    written.push({ atMs: clock.now(), receipt });
  };
  const sender = new ReceiptSender({
    clock,
    random: o.random ?? (() => 0.5),
    compose: (delayMs) => ({
      schema: 1,
      incarnation: "i",
      ownRevision: state.revision,
      sharedRevision: 0,
      delayMs,
      digest: "",
      held: [],
      unsupported: [],
      reads: [{ kind: "switch", name: "a", decisions: state.decisions }],
    }),
    write,
  });
  return { clock, sender, written, state, write, most: () => mostOpen };
}

/** Registered: the first receipt went with it, and its follow-up is over. */
async function registered(o: Parameters<typeof bench>[0] = {}) {
  const it = bench(o);
  const carrying = it.sender.carry(it.write);
  await it.clock.advance(o.slowMs ?? 0);
  await carrying;
  await it.clock.advance(20_000);
  it.written.length = 0;
  return it;
}

describe("the delay of a receipt", () => {
  test("is min(50, spread), for large fleets a quarter of it, and a random 0 … 50 + spread", () => {
    expect([receiptDelayMs(0, 0), receiptDelayMs(0, 1)]).toEqual([0, 50]);
    expect([receiptDelayMs(10, 0), receiptDelayMs(10, 1)]).toEqual([10, 70]);
    expect([receiptDelayMs(3_000, 0), receiptDelayMs(3_000, 1)]).toEqual([750, 3_800]);
  });

  test("never ends before now, never waits beyond its bound", () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(600_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(100_000),
        fc.option(fc.nat(100_000), { nil: undefined }),
        (nowMs, spreadMs, random, oldestMs, lastSentMs) => {
          const oldest = Math.min(oldestMs, nowMs);
          const last = lastSentMs === undefined ? undefined : Math.min(lastSentMs, nowMs);
          const due = dueAfterRevision({ nowMs, spreadMs, random, oldestMs: oldest, lastSentMs: last });
          expect(due).toBeGreaterThanOrEqual(nowMs);
          expect(due).toBeLessThanOrEqual(
            Math.max(nowMs, oldest + 1_000 + 2 * spreadMs, (last ?? 0) + spreadMs),
          );
        },
      ),
    );
  });

  test("after failures doubles up to a second", () => {
    expect([1, 2, 3, 9].map((failures) => retryDelayMs(failures, 1))).toEqual([200, 400, 800, 1_000]);
  });
});

describe("a sender", () => {
  test("says nothing before the registration carried the first receipt", async () => {
    const { clock, sender, written, write } = bench();
    sender.applied(0);
    await clock.advance(5_000);
    expect(written).toEqual([]);
    await sender.carry(write);
    expect(written).toHaveLength(1);
    await clock.advance(5_000);
    expect(written).toHaveLength(1);
  });

  test("writes once after a revision, with what it waited", async () => {
    const { clock, sender, written } = await registered();
    const atMs = clock.now();
    sender.applied(100);
    await clock.advance(124);
    expect(written).toEqual([]);
    await clock.advance(1);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({ atMs: atMs + 125, receipt: { delayMs: 125 } });
  });

  test("revisions that keep coming are told by few receipts, and told all the same", async () => {
    const { clock, sender, written, state } = await registered();
    for (let change = 0; change < 200; change++) {
      state.revision++;
      sender.applied(0);
      await clock.advance(10);
    }
    expect(written.length).toBeGreaterThanOrEqual(1);
    expect(written.length).toBeLessThanOrEqual(4);
    await clock.advance(100);
    expect(written.at(-1)?.receipt.ownRevision).toBe(201);
  });

  test("follows up once, 10 s and the spread later, with the decisions since", async () => {
    const { clock, sender, written, state } = await registered();
    sender.applied(200);
    await clock.advance(175);
    state.decisions = 42;
    await clock.advance(10_199);
    expect(written).toHaveLength(1);
    await clock.advance(1);
    expect(written).toHaveLength(2);
    expect(written[1]?.receipt.reads[0]?.decisions).toBe(42);
    state.decisions = 50;
    await clock.advance(60_000);
    expect(written).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  test("does not follow up where there is nothing new to say", async () => {
    const { clock, sender, written } = await registered();
    sender.applied(0);
    await clock.advance(60_000);
    expect(written).toHaveLength(1);
  });

  test("retries with bounded back-off, and at once after a heal", async () => {
    const fault = { failing: false };
    const { clock, sender, written } = await registered({ failing: () => fault.failing });
    fault.failing = true;
    sender.applied(0);
    await clock.advance(10_000);
    const { failed } = sender.counters;
    expect(failed).toBeGreaterThan(8);
    expect(failed).toBeLessThan(25);
    fault.failing = false;
    sender.heal();
    await clock.advance(0);
    expect(written).toHaveLength(1);
    expect(written[0]?.receipt.delayMs).toBeGreaterThan(9_000);
  });

  test("a heal with nothing unsaid writes nothing", async () => {
    const { clock, sender, written } = await registered();
    sender.heal();
    await clock.advance(5_000);
    expect(written).toEqual([]);
  });

  test("declarations are told once, debounced", async () => {
    const { clock, sender, written } = await registered();
    for (let lever = 0; lever < 30; lever++) sender.declared();
    await clock.advance(1_000);
    expect(written).toHaveLength(1);
  });

  test("never has two writes under way, also with a registration between", async () => {
    const it = await registered({ slowMs: 100 });
    it.sender.applied(0);
    await it.clock.advance(60);
    const carried = it.sender.carry(it.write);
    it.sender.applied(0);
    await it.clock.advance(1_000);
    await carried;
    expect(it.most()).toBe(1);
    expect(it.written.length).toBeGreaterThanOrEqual(2);
  });

  test("a revision applied while a receipt is being written gets one of its own", async () => {
    const { clock, sender, written, state } = await registered({ slowMs: 100 });
    sender.applied(0);
    await clock.advance(60);
    state.revision = 9;
    sender.applied(0);
    await clock.advance(1_000);
    expect(written.map(({ receipt }) => receipt.ownRevision)).toEqual([1, 9]);
  });

  test("a breaker's move is told within a fraction of a second, the next ones once a second", async () => {
    const { clock, sender, written, state } = await registered();
    const move = async (ms: number): Promise<void> => {
      state.decisions++;
      sender.moved();
      await clock.advance(ms);
    };
    await move(60);
    expect(written).toHaveLength(1);
    for (let step = 0; step < 100; step++) await move(50);
    expect(written.length).toBeGreaterThanOrEqual(5);
    expect(written.length).toBeLessThanOrEqual(6);
    const gaps = written.slice(1).map(({ atMs }, index) => atMs - (written[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_060);
  });

  test("a move that came to nothing writes nothing", async () => {
    const { clock, sender, written } = await registered();
    sender.moved();
    await clock.advance(10_000);
    expect(written).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("moves put off neither a revision's receipt nor its follow-up", async () => {
    const run = async (moving: boolean) => {
      const it = await registered({ random: () => 0.999 });
      const fromMs = it.clock.now();
      for (let step = 0; step < 60; step++) {
        it.state.decisions++;
        if (moving) it.sender.moved();
        if (step === 5 || step === 30) {
          it.state.revision++;
          it.sender.applied(300);
        }
        await it.clock.advance(100);
      }
      await it.clock.advance(5_000);
      it.state.decisions++;
      await it.clock.advance(20_000);
      const told = [2, 3].map(
        (revision) => it.written.find(({ receipt }) => receipt.ownRevision === revision)?.atMs ?? 0,
      );
      return {
        told: told.map((atMs) => atMs - fromMs),
        followed: (it.written.at(-1)?.atMs ?? 0) - (told[1] ?? 0),
        written: it.written.length,
      };
    };
    const [quiet, moving] = [await run(false), await run(true)];
    expect(moving.told).toEqual(quiet.told);
    expect([quiet.followed, moving.followed]).toEqual([10_300, 10_300]);
    expect([quiet.written, moving.written > quiet.written]).toEqual([3, true]);
  });

  test("is silent once closed, and leaves no timer", async () => {
    const { clock, sender, written } = await registered();
    sender.applied(0);
    await sender.close();
    sender.declared();
    await clock.advance(60_000);
    expect(written).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

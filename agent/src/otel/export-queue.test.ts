import type { ExportResult } from "@opentelemetry/core";
import { describe, expect, test, vi } from "vitest";
import { silentLogger } from "../logger.ts";
import { ExportQueue, type QueueOptions } from "./export-queue.ts";

/** An exporter whose answers a test gives. */
class Held {
  readonly batches: (readonly string[])[] = [];
  readonly answers: ((result: ExportResult) => void)[] = [];
  export(batch: readonly string[], done: (result: ExportResult) => void): void {
    this.batches.push(batch);
    this.answers.push(done);
  }
  async shutdown(): Promise<void> {}
}

const queueTo = (exporter: Held, more: Partial<QueueOptions<string, readonly string[]>> = {}) =>
  new ExportQueue<string, readonly string[]>({
    exporter,
    toBatch: (items) => items,
    batchItems: 2,
    mostItems: 4,
    mostBytes: 1_000,
    delayMs: 60_000,
    again: 0,
    pauseMs: 0,
    logger: silentLogger,
    ...more,
  });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a queue", () => {
  test("sends one batch after the other, and drops what it has no room for", async () => {
    const held = new Held();
    const queue = queueTo(held);
    for (const item of ["a", "b", "c", "d", "e", "f", "g"]) queue.add(item, 1);
    await turn();
    expect(held.batches).toEqual([["a", "b"]]);
    expect(queue.counts.dropped).toBe(1);
    held.answers[0]?.({ code: 0 });
    await turn();
    expect(held.batches).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    held.answers[1]?.({ code: 1, error: new Error("full") });
    await turn();
    held.answers[2]?.({ code: 0 });
    await turn();
    expect(queue.counts).toEqual({ exported: 4, dropped: 1, failed: 2 });
    expect(queue.bytes).toBe(0);
  });

  test("is bounded in bytes, too", () => {
    const queue = queueTo(new Held(), { batchItems: 100, mostItems: 100 });
    queue.add("a", 600);
    queue.add("b", 500);
    queue.add("c", 400);
    expect([queue.bytes, queue.counts.dropped]).toEqual([1_000, 1]);
  });

  test("sends again what was not taken, so often and no more", async () => {
    const held = new Held();
    const queue = queueTo(held, { again: 2 });
    queue.add("a", 1);
    queue.add("b", 1);
    for (let attempt = 0; attempt < 3; attempt++) {
      await vi.waitUntil(() => held.answers[attempt] !== undefined);
      held.answers[attempt]?.({ code: 1 });
    }
    await vi.waitUntil(() => queue.counts.failed > 0);
    expect([held.batches.length, queue.counts.failed]).toEqual([3, 2]);
  });

  test("waits no longer between two tries once it closes: one more, then it is over", async () => {
    const held = new Held();
    const queue = queueTo(held, { again: 5, pauseMs: 3_600_000 });
    queue.add("a", 1);
    queue.add("b", 1);
    held.answers[0]?.({ code: 1 });
    await turn();
    const closing = queue.close(10_000);
    await vi.waitUntil(() => held.answers.length === 2);
    held.answers[1]?.({ code: 1 });
    await closing;
    expect(queue.counts).toEqual({ exported: 0, dropped: 0, failed: 2 });
  });

  test("closes within its deadline though nobody answers, and takes nothing more", async () => {
    const held = new Held();
    const queue = queueTo(held);
    queue.add("a", 1);
    await queue.close(20);
    queue.add("b", 1);
    expect([held.batches, queue.counts.dropped]).toEqual([[["a"]], 1]);
  });
});

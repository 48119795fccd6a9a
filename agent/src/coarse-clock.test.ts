import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CoarseClock } from "./coarse-clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("reads the exact clock once in 5 ms, and is never ahead of it", () => {
  let reads = 0;
  let nowMs = 100;
  const clock = new CoarseClock(() => {
    reads += 1;
    return nowMs;
  });
  expect(clock.now()).toBe(100);
  nowMs = 103;
  expect(clock.now()).toBe(100);
  expect(reads).toBe(1);
  nowMs = 105;
  vi.advanceTimersByTime(5);
  expect(clock.now()).toBe(105);
  clock.close();
});

test("rests after a second without questions, and then begins exactly", () => {
  let nowMs = 0;
  const clock = new CoarseClock(() => nowMs);
  clock.now();
  vi.advanceTimersByTime(1_100);
  expect(vi.getTimerCount()).toBe(0);
  nowMs = 9_999;
  expect(clock.now()).toBe(9_999);
  expect(vi.getTimerCount()).toBe(1);
  clock.close();
});

test("leaves no timer once closed, and goes on exactly", () => {
  let nowMs = 1;
  const clock = new CoarseClock(() => nowMs);
  clock.now();
  clock.close();
  expect(vi.getTimerCount()).toBe(0);
  nowMs = 2;
  expect(clock.now()).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

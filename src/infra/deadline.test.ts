import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Deadline } from "./deadline.ts";

test("ends in time though all garbage is collected meanwhile, and says that it was the time", async () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("there is no way to collect garbage");
  const signals = Array.from({ length: 50 }, () => new Deadline(50, new AbortController().signal).signal);
  let ended = 0;
  for (const signal of signals) signal.addEventListener("abort", () => (ended += 1));
  for (let round = 0; round < 5; round++) {
    collect();
    await sleep(5);
  }
  await expect.poll(() => ended).toBe(50);
  expect(signals[0]?.reason).toMatchObject({ name: "TimeoutError", message: "not within 50 ms" });
});

test("ends with another signal, which is not the time", () => {
  const other = new AbortController();
  using deadline = new Deadline(60_000, undefined, other.signal);
  other.abort();
  expect([deadline.signal.aborted, deadline.passed]).toEqual([true, false]);
});

test("has no end any more once the work is over", async () => {
  const deadline = new Deadline(10);
  deadline[Symbol.dispose]();
  await sleep(50);
  expect(deadline.signal.aborted).toBe(false);
});

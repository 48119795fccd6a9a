import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { type Watched, watch } from "../../../test/support/policy-bench.ts";
import { Bulkhead } from "./bulkhead.ts";

type Step =
  | { readonly do: "enter"; readonly waitMs: number }
  | { readonly do: "leave" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "resize"; readonly places: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("enter" as const), waitMs: fc.constantFrom(0, 50, 300) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("leave" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("resize" as const), places: fc.integer({ min: 0, max: 5 }) }),
  },
);

/** The same by a list of who is in, who waits until when, and who was sent away. */
class ListedBulkhead {
  readonly answers: ("open" | "kept" | "broken")[] = [];
  #waiting: { readonly call: number; readonly untilMs: number }[] = [];
  inside = 0;
  places: number;
  readonly #mostWaiting: number;
  constructor(places: number, mostWaiting: number) {
    this.places = places;
    this.#mostWaiting = mostWaiting;
  }
  enter(nowMs: number, waitMs: number): void {
    const call = this.answers.push("open") - 1;
    if (this.inside < this.places && this.#waiting.length === 0) this.#admit(call);
    else if (waitMs > 0 && this.#waiting.length < this.#mostWaiting)
      this.#waiting.push({ call, untilMs: nowMs + waitMs });
    else this.answers[call] = "broken";
  }
  /** Those whose wait is over are sent away, and places that are free are given. */
  settle(nowMs: number): void {
    for (const { call, untilMs } of this.#waiting) if (untilMs <= nowMs) this.answers[call] = "broken";
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs > nowMs);
    while (this.inside < this.places && this.#waiting.length > 0)
      this.#admit(this.#waiting.shift()?.call ?? 0);
  }
  #admit(call: number): void {
    this.answers[call] = "kept";
    this.inside++;
  }
}

describe("a bulkhead", () => {
  test("lets in, queues and refuses as a list does, through 1,000 histories with live changes of its places", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 25 }),
        async (places, steps) => {
          const clock = new FakeClock();
          const [bulkhead, listed] = [new Bulkhead("b", places, clock), new ListedBulkhead(places, 3)];
          const entered: Watched<unknown>[] = [];
          for (const one of steps) {
            if (one.do === "enter") {
              const bounds = { mostWaitMs: one.waitMs, mostWaiting: 3 };
              entered.push(
                watch(bulkhead.tryEnter() ? Promise.resolve() : bulkhead.enter(bounds, undefined)),
              );
              listed.enter(clock.now(), one.waitMs);
            } else if (one.do === "leave") {
              if (bulkhead.active > 0) {
                bulkhead.leave();
                listed.inside--;
              }
            } else if (one.do === "resize") {
              bulkhead.resize(one.places);
              listed.places = one.places;
            } else await clock.advance(one.ms);
            await clock.advance(0);
            listed.settle(clock.now());
            expect(entered.map(({ state }) => state)).toEqual(listed.answers);
            expect(bulkhead.active).toBe(listed.inside);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  }, 60_000);

  test("serves first come, first served, and leaves no timer behind", async () => {
    const clock = new FakeClock();
    const bulkhead = new Bulkhead("b", 1, clock);
    bulkhead.tryEnter();
    const order: number[] = [];
    for (const call of [1, 2, 3])
      watch(bulkhead.enter({ mostWaitMs: 1_000, mostWaiting: 9 }, undefined).then(() => order.push(call)));
    for (let left = 0; left < 3; left++) {
      bulkhead.leave();
      await clock.advance(0);
    }
    expect([order, clock.pending]).toEqual([[1, 2, 3], 0]);
  });

  test("lets a caller that goes away leave the queue", async () => {
    const clock = new FakeClock();
    const bulkhead = new Bulkhead("b", 1, clock);
    bulkhead.tryEnter();
    const gone = new AbortController();
    const call = watch(bulkhead.enter({ mostWaitMs: 1_000, mostWaiting: 9 }, gone.signal));
    gone.abort(new Error("gone"));
    await clock.advance(0);
    expect([call.state, bulkhead.waiting, clock.pending]).toEqual(["broken", 0, 0]);
  });
});

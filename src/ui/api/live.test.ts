import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askAgain } from "./ask-again.ts";
import type { Board, LeverRow } from "./contract.ts";
import { mergeRows } from "./live.ts";

const row = (name: string, revision: number) =>
  ({ service: "*", kind: "switch", name, revision }) as LeverRow;
const board = (...levers: LeverRow[]): Board => ({ revision: 10, epoch: "e", levers });
const shown = ({ levers }: Board) => levers.map(({ name, revision }) => `${name}@${revision}`);

describe("rows that come by events", () => {
  it("replace what is older, and never what is newer", () => {
    expect(
      shown(mergeRows(board(row("a", 5), row("b", 9)), [row("a", 7), row("b", 8), row("c", 10)], [])),
    ).toEqual(["a@7", "b@9", "c@10"]);
  });

  it("take out what was deleted, and never turn the revision back", () => {
    const merged = mergeRows(board(row("a", 5)), [], [row("a", 5)], 4);
    expect([shown(merged), merged.revision]).toEqual([[], 10]);
  });
});

describe("asking again", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("never cuts a slow answer short, and asks once more after the last event", async () => {
    const cache = new QueryClient();
    let calls = 0;
    let cut = 0;
    const stop = new QueryObserver(cache, {
      queryKey: ["room", "prod"],
      queryFn: ({ signal }) =>
        new Promise<number>((resolve) => {
          calls += 1;
          signal.addEventListener("abort", () => (cut += 1));
          setTimeout(() => resolve(calls), 400);
        }),
    }).subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(500);
    expect(calls).toBe(1);
    for (let events = 0; events < 8; events += 1) {
      void askAgain(cache, ["room", "prod"], 250);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(3_000);
    // The first look, and for eight events within 700 ms: at once, after the gap, and once more after the last.
    expect([calls, cut]).toEqual([4, 0]);
    stop();
    cache.clear();
  });
});

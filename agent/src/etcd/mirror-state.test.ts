import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MirrorState } from "./mirror-state.ts";

describe("the state of a mirror", () => {
  let moves: string[];
  let state: MirrorState;

  beforeEach(() => {
    vi.useFakeTimers();
    moves = [];
    state = new MirrorState({
      now: () => performance.now(),
      staleAfterMs: 20_000,
      announce: () => moves.push(state.state),
    });
    state.begin();
  });

  afterEach(() => {
    state.close();
    vi.useRealTimers();
  });

  it("follows at a proof, and is stale 20 s after the last one, not sooner", () => {
    state.proved();
    vi.advanceTimersByTime(10_000);
    state.proved();
    vi.advanceTimersByTime(19_999);
    expect(moves).toEqual(["following"]);
    vi.advanceTimersByTime(1);
    expect(moves).toEqual(["following", "stale"]);
    expect(state.error).toContain("20000 ms");
  });

  it("is stale 20 s after the start when nothing ever answered, and says what it last heard", () => {
    state.lost("no route");
    vi.advanceTimersByTime(20_000);
    expect(moves).toEqual(["stale"]);
    expect(state.error).toBe("no route");
  });

  it("shows a lost watch at once, stays stale over further losses, and comes back by a proof only", () => {
    state.proved();
    state.lost("cut");
    expect(state.state).toBe("connecting");
    vi.advanceTimersByTime(20_000);
    state.lost("cut again");
    state.failed("no answer");
    expect(state.state).toBe("stale");
    state.proved();
    expect(moves).toEqual(["following", "connecting", "stale", "following"]);
    expect(state.error).toBeUndefined();
  });

  it("is closed for good", () => {
    state.close();
    state.proved();
    state.lost("late");
    vi.advanceTimersByTime(60_000);
    expect(state.state).toBe("closed");
    expect(moves).toEqual(["closed"]);
  });
});

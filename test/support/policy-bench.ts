import { DependencyStats } from "../../agent/src/dependencies/index.ts";
import { LeverStore } from "../../agent/src/levers/index.ts";
import { LiveState, type RawEntry } from "../../agent/src/live-state/index.ts";
import type { Logger } from "../../agent/src/logger.ts";
import { Policies } from "../../agent/src/policy/index.ts";
import { liveKey } from "../../agent/src/protocol/index.ts";
import { FakeClock } from "./fake-clock.ts";

/** What a log was told. */
export interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Policies on levers that a test commits, with a clock that it turns and no randomness: waits are whole. */
export function policyBench(o: { random?: () => number } = {}) {
  const clock = new FakeClock();
  const lines: Line[] = [];
  const log = (fields: Line["fields"], message: string): void => void lines.push({ fields, message });
  const logger: Logger = { info: log, warn: log, error: log };
  const live = new LiveState({ env: "dev", service: "order", agentVersion: "9.9.9" });
  const levers: LeverStore = new LeverStore({
    instance: "order-1",
    logger,
    clocks: { now: clock.now },
    find: (kind, name) => live.effective.get(`${kind}/${name}`),
    onDeclare: () => levers.swap(live.reconsider().changes),
  });
  live.refuse = levers.refuse;
  const dependencies = new DependencyStats(clock.now);
  const random = o.random ?? (() => 1);
  const policies = new Policies({ service: "order", clock, random, logger, levers, dependencies });
  const entries = new Map<string, RawEntry>();
  let revision = 10;
  /** Puts bodies by `kind/name`, all in one revision; undefined deletes. */
  const commit = (edits: Readonly<Record<string, string | undefined>>): void => {
    revision++;
    for (const [path, value] of Object.entries(edits)) {
      const [kind = "", name = ""] = path.split("/");
      const key = liveKey("dev", { service: "order", kind, name });
      if (value === undefined) entries.delete(key);
      else {
        const createRevision = entries.get(key)?.createRevision ?? revision;
        entries.set(key, { key, value: Buffer.from(value), createRevision, modRevision: revision });
      }
    }
    levers.swap(live.apply("own", { kind: "list", revision, entries }, "c1").changes);
    if (live.held.length > 0) throw new Error(`a body is held: ${live.held[0]?.reason}`);
  };
  /** Turns the clock in small steps, so that chains of promises keep up. */
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(0);
    for (let left = ms; left > 0; left -= 10) await clock.advance(Math.min(10, left));
    for (let turn = 0; turn < 5; turn++) await clock.advance(0);
  };
  return { clock, lines, live, levers, policies, commit, pass };
}

/** How a promise stands, and with what. */
export interface Watched<T> {
  state: "open" | "kept" | "broken";
  value?: T;
  error?: unknown;
}

export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { state: "open" };
  promise.then(
    (value) => Object.assign(watched, { state: "kept", value }),
    (error: unknown) => Object.assign(watched, { state: "broken", error }),
  );
  return watched;
}

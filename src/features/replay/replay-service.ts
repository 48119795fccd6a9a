import type { BreakerSpec } from "@leverframe/agent/protocol";
import { isDomainError } from "../../domain/errors.ts";
import { livesOf } from "../../domain/replay/recorded.ts";
import { type ReplayedLife, replayLife } from "../../domain/replay/replay.ts";
import type { CallLogReader } from "./call-log-reader.ts";

/** Why a replay is not exact, where it isn't. */
export type Inexact =
  /** COUNT_BASED: its window reaches back to calls before what is read. */
  | { readonly why: "count-based" }
  /** More calls than are recorded one by one: of so many the order within a second isn't known. */
  | { readonly why: "counted"; readonly calls: number }
  /** Periods of 5 s whose record did not come. */
  | { readonly why: "missing"; readonly periods: number }
  /** Calls that the breaker of then refused and the proposed one would have made: what they'd have come to isn't known. */
  | { readonly why: "unknown"; readonly calls: number }
  /** A slow call below 100 ms, of calls that were timed to 5 ms. */
  | { readonly why: "coarse" };

export interface BreakerReplay {
  /** Wall time, ms. Later than asked for where there were more calls than are read. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly cut: boolean;
  /** Whom it would have opened at first; at most `MOST_LIVES`. */
  readonly lives: readonly ReplayedLife[];
  readonly instances: number;
  readonly calls: number;
  readonly refused: number;
  readonly opened: number;
  readonly firstOpenMs?: number;
  /** Empty: exactly what a live breaker would have done. */
  readonly inexact: readonly Inexact[];
}

export type ReplayAnswer =
  | { readonly known: true; readonly replay: BreakerReplay }
  | { readonly known: false; readonly why: string };

export interface ReplayRequest {
  readonly env: string;
  readonly service: string;
  readonly name: string;
  readonly spec: BreakerSpec;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Calls of one replay: beyond, it begins later. */
export const MOST_CALLS = 300_000;
export const MOST_LIVES = 60;
/** How far back calls fill the window of a spec that counts calls, and at least that of one that counts seconds, ms. */
const BEFORE_MS = 900_000;
const SLACK_MS = 10_000;
/** Calls that were under way at the end are read for so long. */
const AFTER_MS = 60_000;
const COARSE_BELOW_MS = 100;
/** How long the loop is held at a time, ms. */
const SLICE_MS = 4;
const OFF = "What was called is not known: LEVERFRAME_TELEMETRY is off.";

export interface ReplayParts {
  /** Undefined where telemetry is off. */
  readonly logs: CallLogReader | undefined;
  /** Throws NOT_FOUND for an environment that nobody made. */
  readonly known: (env: string) => void;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Lets others in. */
  readonly pause: () => Promise<void>;
}

/** Replays proposed breakers over recorded calls, a little at a time: levers never wait for it. One after the other. */
export class ReplayService {
  readonly #parts: ReplayParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  /** Never rejects for want of records: says why there are none. */
  async replay(request: ReplayRequest): Promise<ReplayAnswer> {
    const { logs, known } = this.#parts;
    known(request.env);
    if (logs === undefined) return { known: false, why: OFF };
    const turn = this.#last.then(() => this.#replay(logs, request));
    this.#last = turn.catch(() => undefined);
    try {
      return { known: true, replay: await turn };
    } catch (error) {
      if (isDomainError(error) && error.code === "UNAVAILABLE")
        return { known: false, why: error.publicMessage };
      throw error;
    }
  }

  async #replay(logs: CallLogReader, { name, spec, ...asked }: ReplayRequest): Promise<BreakerReplay> {
    const counts = spec.slidingWindowType === "COUNT_BASED";
    const beforeMs = counts ? BEFORE_MS : spec.slidingWindowSize * 1_000 + SLACK_MS;
    const { rows, cutMs } = await logs.rows(
      {
        env: asked.env,
        service: asked.service,
        breaker: name,
        fromMs: asked.fromMs - beforeMs,
        toMs: asked.toMs + AFTER_MS,
      },
      MOST_CALLS,
    );
    const cut = cutMs !== undefined && cutMs > asked.fromMs - beforeMs;
    const fromMs = cut
      ? Math.max(asked.fromMs, Math.min(cutMs + (counts ? 0 : beforeMs), asked.toMs - 1))
      : asked.fromMs;
    const stretch = { fromMs, toMs: asked.toMs };
    const lives: ReplayedLife[] = [];
    let [counted, missing] = [0, 0];
    for (const life of await this.#unhurried(livesOf(rows))) {
      const replayed = await this.#unhurried(replayLife(life, spec, stretch));
      if (replayed.calls === 0) continue;
      counted += life.counted;
      missing += life.missing;
      lives.push(replayed);
    }
    const sum = (of: (life: ReplayedLife) => number): number =>
      lives.reduce((all, life) => all + of(life), 0);
    const unknown = sum((life) => life.unknown);
    const inexact: Inexact[] = [
      ...(counts ? [{ why: "count-based" } as const] : []),
      ...(counted > 0 ? [{ why: "counted", calls: counted } as const] : []),
      ...(missing > 0 ? [{ why: "missing", periods: missing } as const] : []),
      ...(unknown > 0 ? [{ why: "unknown", calls: unknown } as const] : []),
      ...(spec.slowCallDurationThresholdMs < COARSE_BELOW_MS ? [{ why: "coarse" } as const] : []),
    ];
    const opens = lives.flatMap(({ moves }) =>
      moves.filter(({ to }) => to === "OPEN").map(({ atMs }) => atMs),
    );
    return {
      ...stretch,
      cut: cut && fromMs > asked.fromMs,
      lives: lives.toSorted(worstFirst).slice(0, MOST_LIVES),
      instances: new Set(lives.map(({ service, instance }) => `${service}/${instance}`)).size,
      calls: sum(({ calls }) => calls),
      refused: sum(({ refused }) => refused),
      opened: sum(({ opened }) => opened),
      ...(opens.length === 0 ? {} : { firstOpenMs: Math.min(...opens) }),
      inexact,
    };
  }

  /** Does work in slices of a few milliseconds. */
  async #unhurried<T>(work: Generator<undefined, T>): Promise<T> {
    const { now, pause } = this.#parts;
    let sinceMs = now();
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      if (now() - sinceMs < SLICE_MS) continue;
      await pause();
      sinceMs = now();
    }
  }
}

const worstFirst = (a: ReplayedLife, b: ReplayedLife): number =>
  b.refused - a.refused || b.opened - a.opened || b.calls - a.calls || (a.instance < b.instance ? -1 : 1);

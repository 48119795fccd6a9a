import {
  type CallLogText,
  LOGGED_OUTCOMES,
  type LogEntry,
  type LoggedOutcome,
  MOST_LOG_CHARS,
  spellCallLog,
} from "../protocol/index.ts";

/** Entries of all breakers of a process, a period; beyond, calls are counted by second. */
export const MOST_ENTRIES = 32_768;
const SECOND_MS = 1_000;
/** What is counted by second is spread over its fifths. */
const SLICES = 5;
/** Calls that are only counted are told apart by how long they took, up to these, ms. */
const BOUNDS_MS = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;
const FIELDS = 6;

/** What one breaker saw in a period. */
export interface TakenLog {
  readonly name: string;
  readonly calls: number;
  readonly text: string;
}

/**
 * Whether the calls of this process's breakers are recorded one by one, and the bound of all records together. One an
 * agent; nothing is recorded before `begin`.
 */
export class CallRecording {
  on = false;
  left = MOST_ENTRIES;
  life = 0;
  readonly #logs: CallLog[] = [];

  /** The log of a breaker, for as long as the process lives. */
  log(name: string): CallLog {
    const made = new CallLog(name, this);
    this.#logs.push(made);
    return made;
  }

  /** From now on. `life` names this process's life: wall time of its monotonic 0, ms. */
  begin(life: number): void {
    this.life = Math.max(0, Math.round(life));
    this.on = true;
  }

  /** What each breaker saw since it was last asked, and begins the next period. */
  take(nowMs: number): TakenLog[] {
    const taken = this.#logs.flatMap((log) => log.take(Math.floor(nowMs)) ?? []);
    this.left = MOST_ENTRIES;
    return taken;
  }

  /** Nothing is recorded any more, and what was is dropped. */
  end(): void {
    this.on = false;
    this.take(0);
  }
}

/**
 * What one breaker saw, call by call, in the order in which it saw it: enough to do with another spec exactly what the
 * breaker would have done. A few numbers a call, and runs of like calls are one; beyond the bounds calls are counted by
 * second, outcome and duration.
 */
export class CallLog {
  readonly #name: string;
  readonly #recording: CallRecording;
  /** Number of what comes next. */
  #next = 0;
  /** The number from which the next gap counts. */
  #from = 0;
  /** Of the period. */
  #first = 0;
  #calls = 0;
  #exact = 0;
  #chars = 0;
  #endMs = 0;
  /** outcome, endMs, tookMs, gap, lag, count: one after the other. */
  readonly #entries: number[] = [];
  /** By second, outcome and bound, once there is no more room. */
  #crowd: Map<number, Float64Array> | undefined;

  constructor(name: string, recording: CallRecording) {
    this.#name = name;
    this.#recording = recording;
  }

  get on(): boolean {
    return this.#recording.on;
  }

  /** A call begins. Returns its number; keep it for `ended`. */
  begun(): number {
    return this.#recording.on ? this.#next++ : -1;
  }

  /** A call that began as `number` is over. Times are whole ms and don't fall. */
  ended(number: number, sinceMs: number, nowMs: number, outcome: Exclude<LoggedOutcome, "refused">): void {
    // What began before the recording is nobody's.
    if (!this.#recording.on || number < 0) return;
    const end = this.#next++;
    const gap = end - this.#from;
    this.#from = this.#next;
    this.#add(LOGGED_OUTCOMES.indexOf(outcome), nowMs, nowMs - sinceMs, gap, end - number);
  }

  /** A call is not made. */
  refused(nowMs: number): void {
    if (!this.#recording.on) return;
    const gap = this.#next++ - this.#from;
    this.#from = this.#next;
    this.#add(REFUSED, nowMs, 0, gap, 0);
  }

  /** What was recorded since it was last asked; undefined where nothing was. Begins the next period. */
  take(nowMs: number): TakenLog | undefined {
    const calls = this.#calls;
    if (calls === 0) return undefined;
    const entries = [...this.#read()];
    const { life } = this.#recording;
    const log: CallLogText = {
      life,
      first: this.#first,
      next: this.#from,
      exact: this.#exact,
      toMs: nowMs,
      entries,
    };
    const whole = spellCallLog({ ...log, entries: [...entries, ...this.#spread()] });
    // What is not told is missed by whoever reads: it has fewer calls than it bears numbers.
    const text = whole.length <= MOST_LOG_CHARS ? whole : spellCallLog(log);
    this.#entries.length = 0;
    this.#crowd = undefined;
    this.#calls = this.#exact = this.#chars = 0;
    this.#first = this.#from;
    return { name: this.#name, calls, text };
  }

  #add(outcome: number, endMs: number, tookMs: number, gap: number, lag: number): void {
    this.#calls++;
    if (this.#crowd !== undefined) return this.#count(outcome, endMs, tookMs);
    const entries = this.#entries;
    const last = entries.length - FIELDS;
    if (
      last >= 0 &&
      entries[last] === outcome &&
      entries[last + 1] === endMs &&
      entries[last + 2] === tookMs &&
      entries[last + 3] === gap &&
      entries[last + 4] === lag
    ) {
      entries[last + 5] = (entries[last + 5] ?? 0) + 1;
      this.#exact++;
      return;
    }
    this.#chars += lettersOf(endMs - this.#endMs, tookMs, gap, lag);
    this.#endMs = endMs;
    if (this.#chars > EXACT_CHARS || this.#recording.left <= 0) {
      this.#crowd = new Map();
      return this.#count(outcome, endMs, tookMs);
    }
    this.#recording.left--;
    this.#exact++;
    entries.push(outcome, endMs, tookMs, gap, lag, 1);
  }

  #count(outcome: number, endMs: number, tookMs: number): void {
    const second = Math.floor(endMs / SECOND_MS);
    let cells = this.#crowd?.get(second);
    if (cells === undefined) {
      cells = new Float64Array(LOGGED_OUTCOMES.length * (BOUNDS_MS.length + 1));
      this.#crowd?.set(second, cells);
    }
    const bound = BOUNDS_MS.findIndex((most) => tookMs <= most);
    const at = outcome * (BOUNDS_MS.length + 1) + (bound < 0 ? BOUNDS_MS.length : bound);
    cells[at] = (cells[at] ?? 0) + 1;
  }

  *#read(): Iterable<LogEntry> {
    const entries = this.#entries;
    for (let at = 0; at < entries.length; at += FIELDS) {
      const [outcome = 0, endMs = 0, tookMs = 0, gap = 0, lag = 0, count = 0] = entries.slice(
        at,
        at + FIELDS,
      );
      yield { outcome: LOGGED_OUTCOMES[outcome] ?? "released", endMs, tookMs, gap, lag, count };
    }
  }

  /** The seconds that were only counted, each outcome spread evenly, as though each call were over at once. */
  *#spread(): Iterable<LogEntry> {
    for (const [second, cells] of [...(this.#crowd ?? [])].slice(0, MOST_CROWDED)) {
      for (let slice = 0; slice < SLICES; slice++) {
        const endMs = Math.max(this.#endMs, second * SECOND_MS + (slice * SECOND_MS) / SLICES);
        for (const [at, calls] of cells.entries()) {
          const count = Math.floor((calls * (slice + 1)) / SLICES) - Math.floor((calls * slice) / SLICES);
          if (count === 0) continue;
          const outcome = LOGGED_OUTCOMES[Math.floor(at / (BOUNDS_MS.length + 1))] ?? "released";
          const bound = BOUNDS_MS[at % (BOUNDS_MS.length + 1)] ?? LONGEST_MS;
          const made =
            outcome === "refused" ? { tookMs: 0, gap: 0, lag: 0 } : { tookMs: bound, gap: 1, lag: 1 };
          yield { outcome, endMs, count, ...made };
        }
      }
    }
  }
}

const REFUSED = LOGGED_OUTCOMES.indexOf("refused");
const LONGEST_MS = 120_000;
/** Seconds of a crowded period that are told; one is five seconds long unless a process was stopped. */
const MOST_CROWDED = 8;
/** The rest of the letters is for the seconds that are counted: at most eight, five parts each. */
const EXACT_CHARS = 10_000;

/** About how many letters an entry takes: never fewer than it does. */
function lettersOf(sinceMs: number, tookMs: number, gap: number, lag: number): number {
  let letters = 5;
  for (const value of [sinceMs, tookMs, gap, lag]) letters += value < 26 ? 1 : value < 676 ? 2 : 4;
  return letters;
}

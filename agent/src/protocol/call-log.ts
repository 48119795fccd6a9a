/** What came of a call under a breaker. `released`: it says nothing of the callee. `refused`: it was not made. */
export const LOGGED_OUTCOMES = ["succeeded", "failed", "released", "refused"] as const;
export type LoggedOutcome = (typeof LOGGED_OUTCOMES)[number];

/** The figure that bears logs, a data point for each breaker and period, and its attributes. */
export const CALL_LOG_METRIC = "leverframe.breaker.calls";
export const CALL_LOG_BREAKER = "leverframe.breaker";
export const CALL_LOG_TEXT = "leverframe.calls";
/** What the ingest takes of one attribute is 16 KiB. */
export const MOST_LOG_CHARS = 16_000;

/**
 * Calls that went alike, one after the other, by the breaker's own clock in whole milliseconds. Everything that a breaker
 * sees has a number, counted up from 0: that a call began, that it ended, that it was refused (one number).
 */
export interface LogEntry {
  readonly outcome: LoggedOutcome;
  /** When it ended or was refused: monotonic, ms. */
  readonly endMs: number;
  readonly tookMs: number;
  /** Numbers between its end and the end before it: so many others began meanwhile. */
  readonly gap: number;
  /** Numbers from its beginning to its end; 0 where it was refused. */
  readonly lag: number;
  /** Calls that went exactly so, each `gap` after the one before. */
  readonly count: number;
}

/** What one breaker of one process saw in one period. */
export interface CallLogText {
  /** Names the process's life: wall time of its monotonic 0, ms. */
  readonly life: number;
  /** The number before which nothing in it ended: from where the first `gap` counts. */
  readonly first: number;
  /** The same of the period after it: where another stands there, something was lost between. */
  readonly next: number;
  /** Of its calls, in order, so many are as they were; those after them keep their counts a second, but not their order. */
  readonly exact: number;
  /** When the period ended: monotonic, ms. */
  readonly toMs: number;
  readonly entries: readonly LogEntry[];
}

const VERSION = 1;
const BASE = 26;
const LOWER = 97;
const UPPER = 65;
const SEQUENTIAL = 4;
const SINGLE = 8;

/** Whole numbers from 0 in letters alone, so that no redaction takes them for a card: capitals go on, a small one ends. */
function spell(value: number): string {
  let text = "";
  let rest = value;
  while (rest >= BASE) {
    text += String.fromCharCode(UPPER + (rest % BASE));
    rest = Math.floor(rest / BASE);
  }
  return text + String.fromCharCode(LOWER + rest);
}

/** An entry in letters; `sinceMs` is when the entry before it ended. */
export function spellEntry(entry: LogEntry, sinceMs: number): string {
  const { outcome, endMs, tookMs, gap, lag, count } = entry;
  const refused = outcome === "refused";
  const sequential = refused ? gap === 0 : gap === 1 && lag === 1;
  const head = LOGGED_OUTCOMES.indexOf(outcome) + (sequential ? SEQUENTIAL : 0) + (count === 1 ? SINGLE : 0);
  return (
    spell(head) +
    spell(endMs - sinceMs) +
    (refused ? "" : spell(tookMs)) +
    (sequential ? "" : spell(gap) + (refused ? "" : spell(lag))) +
    (count === 1 ? "" : spell(count))
  );
}

/** A log in letters: some three to six a call or run of like ones. Its numbers are whole, from 0, and times don't fall. */
export function spellCallLog({ life, first, next, exact, toMs, entries }: CallLogText): string {
  let sinceMs = entries[0]?.endMs ?? toMs;
  let text = [VERSION, life, first, next, exact, toMs, sinceMs].map(spell).join("");
  for (const entry of entries) {
    text += spellEntry(entry, sinceMs);
    sinceMs = entry.endMs;
  }
  return text;
}

/** Reads numbers one after the other. Once one can't be read it is not `sound`, and says 0. */
class Speller {
  sound = true;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get more(): boolean {
    return this.sound && this.#at < this.#text.length;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= BASE) {
      const code = this.#text.charCodeAt(this.#at++);
      if (code >= LOWER && code < LOWER + BASE) return value + (code - LOWER) * scale;
      if (!(code >= UPPER && code < UPPER + BASE)) break;
      value += (code - UPPER) * scale;
    }
    this.sound = false;
    return 0;
  }
}

/** Reads what `spellCallLog` wrote; undefined for anything else, such as a text that was cut or a later version. */
export function readCallLog(text: string): CallLogText | undefined {
  const read = new Speller(text);
  if (read.next() !== VERSION) return undefined;
  const [life, first, next] = [read.next(), read.next(), read.next()];
  const [exact, toMs] = [read.next(), read.next()];
  let endMs = read.next();
  const entries: LogEntry[] = [];
  while (read.more) {
    const head = read.next();
    const outcome = LOGGED_OUTCOMES[head % SEQUENTIAL];
    if (outcome === undefined || head >= 2 * SINGLE) return undefined;
    const refused = outcome === "refused";
    const sequential = (head & SEQUENTIAL) !== 0;
    endMs += read.next();
    const tookMs = refused ? 0 : read.next();
    const gap = sequential ? (refused ? 0 : 1) : read.next();
    const lag = refused ? 0 : sequential ? 1 : read.next();
    const count = (head & SINGLE) === 0 ? read.next() : 1;
    entries.push({ outcome, endMs, tookMs, gap, lag, count });
  }
  return read.sound ? { life, first, next, exact, toMs, entries } : undefined;
}

import { type CallLogText, type LoggedOutcome, readCallLog } from "@leverframe/agent/protocol";

/** A row as the telemetry store has it. */
export interface LogRow {
  /** Service and instance. */
  readonly service: string;
  readonly instance: string;
  readonly text: string;
  /** When its period ended: wall time, ms. */
  readonly toMs: number;
}

export interface SeenCall {
  readonly sinceMs: number;
  readonly tookMs: number;
  readonly outcome: Exclude<LoggedOutcome, "refused">;
}

/** What a breaker saw at one moment, by its process's own clock, whole ms. */
export type SeenEvent =
  | { readonly at: "begin" | "end"; readonly nowMs: number; readonly call: SeenCall }
  | { readonly at: "refused"; readonly nowMs: number };

/** One life of one instance: what its breaker saw, period by period, in the order in which it saw it. */
export interface RecordedLife {
  readonly service: string;
  readonly instance: string;
  /** Added to the process's clock it is wall time, ms. */
  readonly wallMs: number;
  readonly periods: readonly (readonly SeenEvent[])[];
  /** Calls that are known by their number a second alone: their order is not. */
  readonly counted: number;
  /** Periods that are missing: what was seen then isn't known. */
  readonly missing: number;
}

interface Period extends CallLogText {
  readonly wallMs: number;
}
interface Numbered {
  readonly number: number;
  readonly event: SeenEvent;
}

/**
 * The lives that rows tell of, in any order. Rows that came twice count once; a text that can't be read is a missing
 * period. Pure; it yields between periods, so that whoever asks can let others in.
 */
export function* livesOf(rows: readonly LogRow[]): Generator<undefined, readonly RecordedLife[]> {
  const found = new Map<string, { readonly row: LogRow; readonly periods: Map<number, Period> }>();
  for (const row of rows) {
    const log = readCallLog(row.text);
    yield;
    if (log === undefined) continue;
    const key = `${row.service}\n${row.instance}\n${log.life}`;
    const life = found.get(key) ?? { row, periods: new Map<number, Period>() };
    found.set(key, life);
    life.periods.set(log.first, { ...log, wallMs: row.toMs - log.toMs });
  }
  const lives: RecordedLife[] = [];
  for (const { row, periods } of found.values()) {
    const inOrder = [...periods.values()].toSorted((a, b) => a.first - b.first);
    lives.push(yield* lifeOf(row, inOrder));
  }
  return lives;
}

function* lifeOf(
  { service, instance }: LogRow,
  periods: readonly Period[],
): Generator<undefined, RecordedLife> {
  const numbered: Numbered[][] = periods.map(() => []);
  let counted = 0;
  let missing = 0;
  for (const [index, period] of periods.entries()) {
    const before = periods[index - 1];
    if (before !== undefined && period.first > before.next) missing += 1;
    const told = placeAll(periods, index, numbered);
    counted += Math.max(0, told.calls - period.exact);
    if (told.calls <= period.exact && told.number < period.next) missing += 1;
    yield;
  }
  const ordered: SeenEvent[][] = [];
  for (const events of numbered) {
    ordered.push(events.toSorted((a, b) => a.number - b.number).map(({ event }) => event));
    yield;
  }
  return { service, instance, wallMs: periods.at(-1)?.wallMs ?? 0, periods: ordered, counted, missing };
}

/** Puts each event into the period in which its number was given: a call may have begun in an earlier one. */
function placeAll(
  periods: readonly Period[],
  index: number,
  numbered: readonly Numbered[][],
): { readonly calls: number; readonly number: number } {
  const period = periods[index];
  if (period === undefined) return { calls: 0, number: 0 };
  const { first, next, exact, entries } = period;
  let number = first;
  let calls = 0;
  for (const { outcome, endMs, tookMs, gap, lag, count } of entries) {
    for (let call = 0; call < count; call += 1) {
      // Those that were only counted are numbered as though one came after the other.
      const end = calls < exact ? number + gap : Math.min(number + gap, next - 1);
      if (outcome === "refused") {
        numbered[index]?.push({ number: end, event: { at: "refused", nowMs: endMs } });
      } else {
        const one: SeenCall = { sinceMs: endMs - tookMs, tookMs, outcome };
        const begun = end - lag;
        let at = index;
        while (at > 0 && begun < (periods[at]?.first ?? 0)) at -= 1;
        numbered[at]?.push({ number: begun, event: { at: "begin", nowMs: one.sinceMs, call: one } });
        numbered[index]?.push({ number: end, event: { at: "end", nowMs: endMs, call: one } });
      }
      number = end + 1;
      calls += 1;
    }
  }
  return { calls, number };
}

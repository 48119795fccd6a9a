import type { Segment } from "./critical-path.ts";
import { selfTimesOf } from "./self-time.ts";
import type { Trace } from "./tree.ts";

/** Spans of one service, or of one operation of it. Durations in ns. */
export interface Statistic {
  readonly service: string;
  /** Empty where whole services are told apart. */
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
  /** Together, whoever else was under way at the time. */
  readonly totalNs: number;
  readonly meanNs: number;
  readonly p95Ns: number;
  readonly mostNs: number;
  /** Without the time of children. */
  readonly selfNs: number;
  /** On the critical path. */
  readonly criticalNs: number;
}

/** What a trace's time went to, by service or by operation; what worked longest itself comes first. Pure. */
export function statisticsOf(
  trace: Trace,
  path: readonly Segment[],
  by: "service" | "operation",
): readonly Statistic[] {
  const selves = selfTimesOf(trace);
  const groups = new Map<string, { -readonly [Key in keyof Statistic]: Statistic[Key] }>();
  const durations = new Map<string, number[]>();
  const keyOf = (at: number): string => {
    const span = trace.rows[at]?.span;
    return span === undefined ? "" : by === "service" ? span.service : `${span.service}\n${span.name}`;
  };
  for (const [at, { span, fromNs, toNs }] of trace.rows.entries()) {
    const key = keyOf(at);
    const group = groups.get(key) ?? {
      service: span.service,
      name: by === "service" ? "" : span.name,
      spans: 0,
      errors: 0,
      totalNs: 0,
      meanNs: 0,
      p95Ns: 0,
      mostNs: 0,
      selfNs: 0,
      criticalNs: 0,
    };
    groups.set(key, group);
    group.spans += 1;
    if (span.status === "Error") group.errors += 1;
    group.totalNs += toNs - fromNs;
    group.mostNs = Math.max(group.mostNs, toNs - fromNs);
    group.selfNs += selves[at] ?? 0;
    const list = durations.get(key);
    if (list === undefined) durations.set(key, [toNs - fromNs]);
    else list.push(toNs - fromNs);
  }
  for (const { row, fromNs, toNs } of path) {
    const group = groups.get(keyOf(row));
    if (group !== undefined) group.criticalNs += toNs - fromNs;
  }
  for (const [key, group] of groups) {
    group.meanNs = group.totalNs / group.spans;
    group.p95Ns = nearestRank(durations.get(key) ?? [], 0.95);
  }
  return [...groups.values()].toSorted(
    (a, b) => b.selfNs - a.selfNs || b.totalNs - a.totalNs || compareWords(a, b),
  );
}

const compareWords = (a: Statistic, b: Statistic): number =>
  `${a.service}\n${a.name}` < `${b.service}\n${b.name}` ? -1 : 1;

/** The least value that so many of all are not above. */
function nearestRank(values: number[], part: number): number {
  values.sort((a, b) => a - b);
  return values[Math.max(0, Math.ceil(values.length * part) - 1)] ?? 0;
}

import { formatRef } from "@leverframe/agent/protocol";
import type { Convergence } from "../domain/convergence.ts";
import { describeDiff, diffResource } from "../domain/diff.ts";
import type { Finding } from "../domain/interlock.ts";
import type { LeverRow } from "../domain/levers.ts";
import type { ConflictReport } from "../features/publish/publish-service.ts";

/** Columns of text, as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const milliseconds = (value: number | null): string => (value === null ? "–" : `${Math.round(value)} ms`);

/** `17/20 · p50 38 ms · p99 112 ms · 1 held · 2 unproved · read by 18`. */
export function convergenceLine(one: Omit<Convergence, "reports">): string {
  const parts = [
    `${one.applied}/${one.targets} applied`,
    `p50 ${milliseconds(one.p50Ms)}`,
    `p99 ${milliseconds(one.p99Ms)}`,
  ];
  for (const state of ["held", "waiting", "unproved", "left"] as const)
    if (one[state] > 0) parts.push(`${one[state]} ${state}`);
  if (one.joinedLater > 0) parts.push(`${one.joinedLater} joined later`);
  if (one.foreign > 0) parts.push(`${one.foreign} cannot prove`);
  parts.push(`read by ${one.readBy}`, `${one.decisions} decisions`);
  return parts.join(" · ");
}

/** What stands at the lever, in a word. */
export function positionOf(row: LeverRow): string {
  const spec = row.resource?.spec as { position?: string; level?: string; mode?: string } | undefined;
  if (row.fault !== undefined) return "INVALID";
  return spec?.position ?? spec?.mode ?? "";
}

/** A conflict as a three-way diff, by key. */
export function conflictLines(reports: readonly ConflictReport[]): string[] {
  return reports.flatMap((report) => [
    `${formatRef(report.ref)}: you saw r${report.base.revision}, there is r${report.theirs.revision} now`,
    `  theirs  ${describeDiff(diffResource(report.ref, report.base.body, report.theirs.body))}`,
    `  yours   ${describeDiff(diffResource(report.ref, report.base.body, report.yours.body))}`,
  ]);
}

/** What the interlock would refuse, or did. */
export const refusalLines = (refusals: readonly Finding[]): string[] =>
  refusals.map(({ rule, sentence }) => `refused (${rule}): ${sentence}`);

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time to come as ISO 8601, from one, or from how long until then: `45m`, `2h`. Undefined for anything else. */
export function timeOf(text: string, now: Date): string | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = count === undefined ? Date.parse(text) : now.getTime() + Number(count) * (UNIT_MS[unit] ?? 0);
  if (Number.isNaN(ms) || (count === undefined && !/^\d{4}-\d{2}-\d{2}T/.test(text))) return undefined;
  return new Date(ms).toISOString();
}

/** A time that is over as ISO 8601, from one, or from how long ago it was: `45m`, `3d`. Undefined for anything else. */
export function pastTimeOf(text: string, now: Date): string | undefined {
  const ahead = timeOf(text, now);
  if (ahead === undefined || !/^\d{1,6}[smhd]$/.test(text)) return ahead;
  return new Date(2 * now.getTime() - Date.parse(ahead)).toISOString();
}

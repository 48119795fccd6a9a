import type { Head, Receipt, ResourceRef } from "@leverframe/agent/protocol";
import { EVERY_SERVICE } from "@leverframe/agent/protocol";

/** An instance that has a receipt: what a change must reach. */
export interface Target {
  readonly service: string;
  readonly instance: string;
  readonly zone: string;
  /** The receipt's create_revision: targets of a change are those created at or before it. */
  readonly since: number;
  /** Whether its registration stands, under a lease, with the receipt's incarnation. */
  readonly registered: boolean;
  readonly receipt: Receipt;
}

export type TargetState = "applied" | "held" | "waiting" | "unproved" | "left";

export interface TargetReport {
  readonly service: string;
  readonly instance: string;
  readonly zone: string;
  readonly state: TargetState;
  /** Upper bound from publish to applied; null where the publisher was another process or is forgotten. */
  readonly ms: number | null;
  readonly reason?: string;
}

/** What is asked about: one change set at the revision where it was committed. */
export interface ChangeAtRevision {
  readonly changeSetId: string;
  readonly revision: number;
  readonly refs: readonly ResourceRef[];
  /** Receipts that stood at publish, by scope; undefined where the journal is gone. */
  readonly targetCount: Readonly<Record<string, number>> | undefined;
}

export interface ConvergenceSummary {
  readonly changeSetId: string;
  readonly revision: number;
  /** applied + held + waiting + unproved: those that are still owed or proved. */
  readonly targets: number;
  readonly applied: number;
  readonly held: number;
  readonly waiting: number;
  readonly unproved: number;
  readonly left: number;
  readonly joinedLater: number;
  /** Plain registrations, which cannot prove anything. */
  readonly foreign: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Instances whose code declares at least one of the levers changed. */
  readonly readBy: number;
  readonly decisions: number;
}

export interface Convergence extends ConvergenceSummary {
  readonly reports: readonly TargetReport[];
}

export interface ConvergenceInput {
  readonly change: ChangeAtRevision;
  readonly targets: readonly Target[];
  readonly foreign: number;
  /** The head in force of a scope, to tell a receipt of another epoch. */
  readonly epoch: Head["epoch"] | undefined;
  /** `service/instance` → milliseconds, as measured by the process that published. */
  readonly timings: ReadonlyMap<string, number> | undefined;
}

/** How the change stands at every instance that it must reach. Pure: everything comes from what etcd holds. */
export function computeConvergence(input: ConvergenceInput): Convergence {
  const { change } = input;
  const scopes = new Set(change.refs.map((ref) => ref.service));
  const everyService = scopes.has(EVERY_SERVICE);
  const names = new Set(change.refs.map((ref) => `${ref.kind}/${ref.name}`));
  const reports: TargetReport[] = [];
  let joinedLater = 0;
  let goodbyes = 0;
  let readBy = 0;
  let decisions = 0;
  for (const target of input.targets) {
    if (!everyService && !scopes.has(target.service)) continue;
    if (target.since > change.revision) {
      joinedLater += 1;
      continue;
    }
    const report = reportOf(target, input, everyService);
    if (report.state === "left") goodbyes += 1;
    reports.push(report);
    if (report.state === "left") continue;
    const reads = target.receipt.reads.filter((read) => names.has(`${read.kind}/${read.name}`));
    if (reads.length > 0) readBy += 1;
    for (const read of reads) decisions += read.decisions;
  }
  const standing = reports.length;
  const published = [...scopes].reduce((sum, scope) => sum + (change.targetCount?.[scope] ?? 0), 0);
  const tally = (state: TargetState): number => reports.filter((report) => report.state === state).length;
  const times = reports.flatMap((report) => (report.ms === null ? [] : [report.ms])).sort((a, b) => a - b);
  return {
    changeSetId: change.changeSetId,
    revision: change.revision,
    targets: standing - goodbyes,
    applied: tally("applied"),
    held: tally("held"),
    waiting: tally("waiting"),
    unproved: tally("unproved"),
    left: goodbyes + Math.max(0, published - standing),
    joinedLater,
    foreign: input.foreign,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    readBy,
    decisions,
    reports,
  };
}

function reportOf(target: Target, input: ConvergenceInput, everyService: boolean): TargetReport {
  const { change, epoch, timings } = input;
  const { receipt } = target;
  const at = { service: target.service, instance: target.instance, zone: target.zone };
  if (receipt.leaving === true) return { ...at, state: "left", ms: null };
  const ms = timings?.get(`${target.service}/${target.instance}`) ?? null;
  if (!target.registered) {
    return {
      ...at,
      state: "unproved",
      ms: null,
      reason: "no lease: cut off from etcd, or gone without a goodbye",
    };
  }
  if (receipt.hold !== undefined) return { ...at, state: "held", ms: null, reason: receipt.hold.detail };
  if (epoch !== undefined && receipt.epoch !== undefined && receipt.epoch !== epoch) {
    return { ...at, state: "waiting", ms: null, reason: `its receipt is of another epoch, ${receipt.epoch}` };
  }
  const applied = everyService ? receipt.sharedRevision : receipt.ownRevision;
  if (applied < change.revision) return { ...at, state: "waiting", ms: null };
  const held = receipt.held.find(
    (one) =>
      one.revision === change.revision ||
      change.refs.some(
        (ref) => ref.service === one.service && ref.kind === one.kind && ref.name === one.name,
      ),
  );
  if (held !== undefined) {
    return {
      ...at,
      state: "held",
      ms,
      reason: `${held.kind}/${held.name}: ${held.reason} (serving ${held.serving})`,
    };
  }
  return { ...at, state: "applied", ms };
}

/** Nearest rank; null for nothing. `sorted` ascending. */
export function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

import type { ConvergenceSummary, TargetReport, TargetState } from "../api/contract.ts";
import type { Proof } from "./lever.tsx";

export const TARGET_STATES = [
  "applied",
  "waiting",
  "held",
  "unproved",
  "left",
] as const satisfies TargetState[];

/** Largest number of instances that get a cell each; above it a cell is a zone. */
export const CELLS_MOST = 60;

/** What the receipts prove of a change. A change without targets has nothing left to prove. Pure. */
export function proofOf(summary: ConvergenceSummary): Proof {
  if (summary.waiting > 0) return "waiting";
  return summary.held + summary.unproved > 0 ? "partial" : "proved";
}

/** One cell of the bar: an instance, or a zone of them. */
export interface Cell {
  readonly key: string;
  readonly label: string;
  /** The worst state in it, which draws it. */
  readonly state: TargetState;
  /** 0 … 1, by which a zone's cell is filled. */
  readonly appliedShare: number;
  readonly targets: readonly TargetReport[];
}

const SEVERITY: Readonly<Record<TargetState, number>> = {
  held: 4,
  unproved: 3,
  waiting: 2,
  applied: 1,
  left: 0,
};

const collator = new Intl.Collator("en", { numeric: true });
/** Not by zone: an instance that lost its lease has none any more, and would jump. */
const byName = (a: TargetReport, b: TargetReport): number =>
  collator.compare(a.service, b.service) || collator.compare(a.instance, b.instance);

/** Cells in an order that never depends on state, so that nothing moves while a bar fills. Pure. */
export function cellsOf(targets: readonly TargetReport[]): readonly Cell[] {
  const ordered = targets.filter((target) => target.state !== "left").sort(byName);
  if (ordered.length <= CELLS_MOST) {
    return ordered.map((target) => ({
      key: `${target.service}/${target.instance}`,
      label: target.instance,
      state: target.state,
      appliedShare: target.state === "applied" ? 1 : 0,
      targets: [target],
    }));
  }
  const zones = new Map<string, TargetReport[]>();
  for (const target of ordered) {
    const members = zones.get(target.zone);
    if (members) members.push(target);
    else zones.set(target.zone, [target]);
  }
  return [...zones].map(([zone, members]) => ({
    key: zone,
    label: zone,
    state: members.reduce<TargetState>(
      (worst, { state }) => (SEVERITY[state] > SEVERITY[worst] ? state : worst),
      "left",
    ),
    appliedShare: members.filter(({ state }) => state === "applied").length / members.length,
    targets: members,
  }));
}

/** A run of equal cells. */
export interface Run {
  readonly state: TargetState;
  readonly cells: number;
}

/** The same from counts alone: runs in a fixed order, about `most` cells in all, each state at least one. Pure. */
export function runsOfSummary(summary: ConvergenceSummary, most: number): readonly Run[] {
  const scale = summary.targets > most ? most / summary.targets : 1;
  return (["applied", "waiting", "held", "unproved"] as const)
    .filter((state) => summary[state] > 0)
    .map((state) => ({ state, cells: Math.max(1, Math.floor(summary[state] * scale)) }));
}

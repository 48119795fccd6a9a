import type { ConvergenceSummary, TargetReport, TargetState } from "../api/contract.ts";

/** Made up, and only for the kit's own page: no other page may import this. */
export function sampleTargets(
  count: number,
  stateOf: (index: number) => TargetState,
): readonly TargetReport[] {
  return Array.from({ length: count }, (_, index) => {
    const state = stateOf(index);
    return {
      service: "sample",
      instance: `sample-${index + 1}`,
      zone: index % 2 === 0 ? "zone-a" : "zone-b",
      state,
      ms: state === "applied" ? 20 + ((index * 37) % 90) : null,
      ...(state === "held" ? { reason: "switch/sample: payload is missing (serving last-good)" } : {}),
      ...(state === "unproved" ? { reason: "no lease: cut off from etcd, or gone without a goodbye" } : {}),
    };
  });
}

export function sampleSummary(targets: readonly TargetReport[]): ConvergenceSummary {
  const tally = (state: TargetState) => targets.filter((target) => target.state === state).length;
  const applied = tally("applied");
  return {
    changeSetId: "",
    revision: 18_402,
    targets: targets.length - tally("left"),
    applied,
    held: tally("held"),
    waiting: tally("waiting"),
    unproved: tally("unproved"),
    left: tally("left"),
    joinedLater: 0,
    foreign: 0,
    p50Ms: applied > 0 ? 38 : null,
    p99Ms: applied > 0 ? 112 : null,
    readBy: applied,
    decisions: 4_102,
  };
}

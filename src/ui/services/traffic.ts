import type { TrafficSpec } from "@leverframe/agent/protocol";
import type { InstanceRow, LeverRow } from "../api/contract.ts";

/** Whether an instance is called: as a rule, only where nobody else is left, or not at all. */
export const CALLS = ["taken", "drained", "isolated"] as const;
export type Calls = (typeof CALLS)[number];

export interface Stance {
  readonly calls: Calls;
  /** Its share beside the others', 0 … 1,000. */
  readonly weight: number;
}

export const USUAL_WEIGHT = 100;
export const MOST_WEIGHT = 1_000;
/** The lever that the console makes where a service has none. */
export const TRAFFIC_LEVER = "default";

const specOf = (row: LeverRow): TrafficSpec | undefined => row.resource?.spec as TrafficSpec | undefined;

/** The traffic levers that a service obeys: its own, and those of every service that it has no own for. Pure. */
export function trafficLevers(levers: readonly LeverRow[], service: string): readonly LeverRow[] {
  const traffic = levers.filter(({ kind }) => kind === "traffic");
  const own = traffic.filter((row) => row.service === service);
  const shared = traffic.filter((row) => row.service === "*" && !own.some(({ name }) => name === row.name));
  return [...own, ...shared];
}

/** What levers make of an instance: any of them takes calls away, and the least weight holds. Pure. */
export function stanceBy(levers: readonly LeverRow[], instance: string): Stance {
  const specs = levers.map(specOf).filter((spec) => spec !== undefined);
  const weights = specs.map(({ weights }) => weights?.[instance]).filter((weight) => weight !== undefined);
  const calls = specs.some(({ isolate }) => isolate?.includes(instance))
    ? "isolated"
    : specs.some(({ drain }) => drain?.includes(instance))
      ? "drained"
      : "taken";
  return { calls, weight: weights.length === 0 ? USUAL_WEIGHT : Math.min(...weights) };
}

/** What its registration tells its callers now. Pure. */
export const stanceTold = ({ weight, drained, isolated }: InstanceRow): Stance => ({
  calls: isolated ? "isolated" : drained ? "drained" : "taken",
  weight: weight ?? USUAL_WEIGHT,
});

export const sameStance = (left: Stance, right: Stance): boolean =>
  left.calls === right.calls && left.weight === right.weight;

const listed = (names: readonly string[] | undefined, name: string, wanted: boolean): string[] => {
  const others = (names ?? []).filter((each) => each !== name);
  return wanted ? [...others, name].sort() : others;
};

/** A spec in which one instance has another stance; the others keep theirs. Pure. */
export function withStance(spec: TrafficSpec, instance: string, stance: Stance): TrafficSpec {
  const { weights: _, drain: __, isolate: ___, ...rest } = spec;
  const drain = listed(spec.drain, instance, stance.calls === "drained");
  const isolate = listed(spec.isolate, instance, stance.calls === "isolated");
  const weights = Object.fromEntries(
    Object.entries({ ...spec.weights, [instance]: stance.weight }).filter(
      ([name, weight]) => name !== instance || weight !== USUAL_WEIGHT,
    ),
  );
  return {
    ...rest,
    ...(Object.keys(weights).length > 0 ? { weights } : {}),
    ...(drain.length > 0 ? { drain } : {}),
    ...(isolate.length > 0 ? { isolate } : {}),
  };
}

/** The lever that a pull of one instance edits, and what it holds now. Revision 0: it is not there yet. */
export interface TrafficEdit {
  readonly name: string;
  readonly revision: number;
  readonly spec: TrafficSpec;
  readonly row: LeverRow | undefined;
}

/** The service's own lever: `default`, or the only one; a new one begins as the one of every service that it overrides. Pure. */
export function leverToEdit(levers: readonly LeverRow[], service: string): TrafficEdit {
  const own = levers.filter((row) => row.service === service);
  const row = own.find(({ name }) => name === TRAFFIC_LEVER) ?? own[0];
  const shared = levers.find((each) => each.service === "*" && each.name === TRAFFIC_LEVER);
  const spec = (row && specOf(row)) ?? (shared && specOf(shared)) ?? { balancer: "ROUND_ROBIN" };
  return { name: row?.name ?? TRAFFIC_LEVER, revision: row?.revision ?? 0, spec, row };
}

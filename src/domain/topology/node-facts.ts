import type { InstanceRow } from "../fleet.ts";
import { groupBy } from "../group-by.ts";
import type { GraphNode, NodeKind } from "./graph.ts";
import type { LeverDeviation, LeverInForce } from "./levers-in-force.ts";

/** How many instances of a service do what. */
export interface InstanceCounts {
  /** Under a lease, or known by a foreign registration. */
  readonly live: number;
  /** Whose lease has ended a moment ago. */
  readonly suspect: number;
  /** Who did not come back, and did not say that they would leave. */
  readonly unproved: number;
}

/** A lever that does not do what it usually does, at a node. */
export interface NodeDeviation {
  readonly kind: string;
  readonly name: string;
  /** `*`: of every service. */
  readonly service: string;
  readonly deviation: LeverDeviation;
}

/** A breaker that is not closed, by the state of most instances in which it is not. */
export interface OpenBreaker {
  readonly name: string;
  readonly state: "OPEN" | "HALF_OPEN" | "FORCED_OPEN";
  /** Instances in which it is not closed. */
  readonly instances: number;
}

/** A node as it is shown: what is known of it besides its calls. */
export interface NodeFacts extends GraphNode {
  /** Undefined for what is no service of ours, or where it is not known. */
  readonly instances?: InstanceCounts;
  /** Each once, the most frequent first. */
  readonly versions: readonly string[];
  readonly zones: readonly string[];
  readonly breakers: readonly OpenBreaker[];
  readonly deviations: readonly NodeDeviation[];
  /** Instances with rules that degrade by themselves now. */
  readonly degradedByRule: number;
  /** Instances that hold the last good body of a lever, since the new one is not valid. */
  readonly held: number;
  /** The highest level of its switches: core before secondary before non-core. */
  readonly level?: string;
  /** Who owns most of its levers. */
  readonly team?: string;
}

/** What is asked of an instance, whether the registry tells it or samples of that time. */
export interface InstanceTold extends Pick<InstanceRow, "state" | "version" | "zone" | "degraded"> {
  readonly breakers?: readonly Pick<
    NonNullable<InstanceRow["breakers"]>[number],
    "name" | "state" | "mode"
  >[];
  readonly held: readonly unknown[];
}

export interface ServiceTold {
  readonly service: string;
  readonly instances: readonly InstanceTold[];
}

const MOST_NAMED = 20;
const LEVEL_ORDER = ["core", "secondary", "non-core"];

/** The facts of every service of a fleet, and of the nodes that only calls know. By id. Pure. */
export function nodeFacts(
  nodes: readonly GraphNode[],
  fleet: readonly ServiceTold[] | undefined,
  levers: readonly LeverInForce[],
): readonly NodeFacts[] {
  const kinds = new Map<string, NodeKind>(nodes.map(({ id, kind }) => [id, kind]));
  const rows = new Map((fleet ?? []).map((row) => [row.service, row.instances]));
  for (const service of rows.keys()) kinds.set(service, "service");
  const byService = groupBy(levers, ({ service }) => service);
  for (const service of byService.keys()) if (service !== "*") kinds.set(service, "service");
  return [...kinds]
    .map(([id, kind]): NodeFacts => {
      const own = byService.get(id) ?? [];
      return { id, kind, ...leverFacts(own), ...instanceFacts(rows.get(id)) };
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function leverFacts(own: readonly LeverInForce[]): Pick<NodeFacts, "deviations" | "level" | "team"> {
  const levels = new Set(own.flatMap(({ level }) => (level === undefined ? [] : [level])));
  const level = LEVEL_ORDER.find((one) => levels.has(one));
  const team = mostFrequent(own.flatMap(({ owner }) => (owner === undefined ? [] : [owner])))[0];
  return {
    deviations: own
      .flatMap(({ service, kind, name, deviations }) =>
        deviations.map((deviation) => ({ service, kind, name, deviation })),
      )
      .slice(0, MOST_NAMED),
    ...(level === undefined ? {} : { level }),
    ...(team === undefined ? {} : { team }),
  };
}

function instanceFacts(
  rows: readonly InstanceTold[] | undefined,
): Pick<NodeFacts, "instances" | "versions" | "zones" | "breakers" | "degradedByRule" | "held"> {
  const all = rows ?? [];
  const present = all.filter(({ state }) => state !== "unproved");
  const count = (...states: readonly InstanceRow["state"][]): number =>
    all.filter(({ state }) => states.includes(state)).length;
  return {
    ...(rows === undefined
      ? {}
      : {
          instances: {
            live: count("live", "foreign"),
            suspect: count("suspect"),
            unproved: count("unproved"),
          },
        }),
    versions: mostFrequent(present.flatMap(({ version }) => (version === "" ? [] : [version]))),
    zones: mostFrequent(present.flatMap(({ zone }) => (zone === "" ? [] : [zone]))),
    breakers: openBreakers(present),
    degradedByRule: present.filter(({ degraded = [] }) => degraded.length > 0).length,
    held: present.filter(({ held }) => held.length > 0).length,
  };
}

function openBreakers(rows: readonly InstanceTold[]): readonly OpenBreaker[] {
  const open = new Map<string, OpenBreaker["state"][]>();
  for (const { breakers = [] } of rows) {
    for (const { name, state, mode } of breakers) {
      const shown = mode === "FORCED_OPEN" ? mode : state;
      if (shown !== "CLOSED") open.set(name, [...(open.get(name) ?? []), shown]);
    }
  }
  return [...open]
    .map(([name, states]): OpenBreaker => {
      const [state = "OPEN"] = mostFrequent(states);
      return { name, state, instances: states.length };
    })
    .toSorted((a, b) => b.instances - a.instances || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMED);
}

/** Each value once, the most frequent first, then by text. */
function mostFrequent<Text extends string>(values: readonly Text[]): readonly Text[] {
  const counts = new Map<Text, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, many], [b, few]) => few - many || (a < b ? -1 : 1))
    .map(([value]) => value)
    .slice(0, MOST_NAMED);
}

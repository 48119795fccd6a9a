import type { BreakerReport, Held, Rollout } from "@leverframe/agent/protocol";
import { specFor } from "@leverframe/agent/rules";
import type { InstanceRow, LeverRow, ServiceRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";

/** Which lever an instance goes by: its service's own, the one of every service, or none at all. */
export type Source = "own" | "shared" | "code";

/**
 * How sure that is: `applied` by its receipt; still `waiting`; `held`, so that the last good one serves; `unproved`
 * without a lease; `unsupported` by its agent; `foreign` ones say nothing.
 */
export type Proof = "applied" | "waiting" | "held" | "unproved" | "unsupported" | "foreign";

/** A lever's value at one instance. */
export interface Standing {
  readonly service: string;
  readonly instance: string;
  readonly zone: string;
  readonly from: Source;
  readonly proof: Proof;
  /** What it serves, where that can be told. */
  readonly spec: Spec | undefined;
  /** It serves the candidate of a rollout. */
  readonly candidate: boolean;
  readonly reason: string | undefined;
  /** Whether its code declares the lever. */
  readonly reads: boolean;
  /** A breaker's live state; undefined where the agent does not say. */
  readonly report: BreakerReport | undefined;
  /** Whether its agent tells of breakers at all. */
  readonly tells: boolean;
}

export interface LeverPair {
  readonly own: LeverRow | undefined;
  readonly shared: LeverRow | undefined;
}

const indexes = new WeakMap<readonly LeverRow[], ReadonlyMap<string, LeverRow>>();

/** An answer's levers by reference, made once: thousands of rows ask. */
function indexOf(levers: readonly LeverRow[]): ReadonlyMap<string, LeverRow> {
  const known = indexes.get(levers);
  if (known !== undefined) return known;
  const made = new Map(levers.map((row) => [formatRef(row), row]));
  indexes.set(levers, made);
  return made;
}

/** The levers of a kind and name that decide at a service. */
export function pairOf(
  levers: readonly LeverRow[],
  service: string,
  kind: ResilienceKind,
  name: string,
): LeverPair {
  const index = indexOf(levers);
  const own = service === "*" ? undefined : index.get(formatRef({ service, kind, name }));
  return { own, shared: index.get(formatRef({ service: "*", kind, name })) };
}

/** What an instance then serves nobody here can say: its last good value, its code's own, or its own affair. */
const UNTOLD: ReadonlySet<Proof> = new Set(["held", "unsupported", "foreign"]);

/** What one instance serves, by its receipt and by the rules that its agent decides with. Pure. */
export function standingOf(
  service: string,
  row: InstanceRow,
  { own, shared }: LeverPair,
  kind: ResilienceKind,
  name: string,
): Standing {
  const lever = own ?? shared;
  const { proof, reason } = proofOf(row, own, shared, kind, name);
  const resource = lever?.resource as { spec: Spec; rollout?: Rollout<Spec> } | undefined;
  const known = resource !== undefined && !UNTOLD.has(proof);
  const spec = known ? specFor(resource, row.instance) : undefined;
  return {
    service,
    instance: row.instance,
    zone: row.zone,
    from: own !== undefined ? "own" : shared !== undefined ? "shared" : "code",
    proof,
    spec,
    candidate: spec !== undefined && resource !== undefined && spec === resource.rollout?.candidate,
    reason,
    reads: row.reads.some((read) => read.kind === kind && read.name === name),
    report: kind === "breaker" ? row.breakers?.find((breaker) => breaker.name === name) : undefined,
    tells: row.breakers !== undefined,
  };
}

function proofOf(
  row: InstanceRow,
  own: LeverRow | undefined,
  shared: LeverRow | undefined,
  kind: string,
  name: string,
): { readonly proof: Proof; readonly reason?: string } {
  if (row.state === "foreign") return { proof: "foreign" };
  if (row.state !== "live") return { proof: "unproved" };
  const lever = own ?? shared;
  if (lever === undefined) return { proof: "applied" };
  const same = (one: { service: string; kind: string; name: string }): boolean =>
    one.service === lever.service && one.kind === kind && one.name === name;
  const held: Held | undefined = row.held.find(same);
  if (held !== undefined) return { proof: "held", reason: held.reason };
  const unsupported = row.unsupported.find(same);
  if (unsupported !== undefined) return { proof: "unsupported", reason: unsupported.reason };
  const seen = own !== undefined ? row.ownRevision : row.sharedRevision;
  if (seen >= lever.revision) return { proof: "applied" };
  return row.hold === undefined ? { proof: "waiting" } : { proof: "held", reason: row.hold.detail };
}

/** Every instance that a lever speaks to, those of one service or of all that go by it. Pure. */
export function standingsOf(
  services: readonly ServiceRow[],
  levers: readonly LeverRow[],
  ref: { readonly service: string; readonly kind: ResilienceKind; readonly name: string },
): readonly Standing[] {
  return services
    .filter(({ service }) => ref.service === "*" || service === ref.service)
    .flatMap(({ service, instances }) => {
      const pair = pairOf(levers, service, ref.kind, ref.name);
      return instances.map((row) => standingOf(service, row, pair, ref.kind, ref.name));
    });
}

export interface Unsupported {
  /** Instances whose agents do not act on a lever. */
  readonly by: number;
  /** Those that it reaches and that say what they do. */
  readonly of: number;
}

/** Who does not act on a lever, for one of a few. */
export function unsupportedBy(standings: readonly Standing[]): Unsupported {
  const reached = standings.filter(({ proof }) => proof !== "foreign");
  return { by: reached.filter(({ proof }) => proof === "unsupported").length, of: reached.length };
}

/** The same for many levers at once, by one walk over the fleet. A lever of every service does not reach those with their own. Pure. */
export function countUnsupported(
  services: readonly ServiceRow[],
  levers: readonly LeverRow[],
): (lever: LeverRow) => Unsupported {
  const index = indexOf(levers);
  const reached = new Map<string, number>();
  const by = new Map<string, number>();
  const add = (key: string, count: number): void => void by.set(key, (by.get(key) ?? 0) + count);
  for (const { service, instances } of services) {
    const live = instances.filter(({ state }) => state !== "foreign");
    reached.set(service, live.length);
    for (const { state, unsupported } of live) {
      if (state !== "live") continue;
      for (const one of unsupported) {
        if (one.service === "*" && index.has(formatRef({ ...one, service }))) continue;
        add(formatRef(one), 1);
      }
    }
  }
  const everywhere = [...reached.values()].reduce((sum, count) => sum + count, 0);
  const overridden = new Map<string, number>();
  for (const { service, kind, name } of levers) {
    if (service === "*") continue;
    const shared = formatRef({ service: "*", kind, name });
    overridden.set(shared, (overridden.get(shared) ?? 0) + (reached.get(service) ?? 0));
  }
  return (lever) => {
    const ref = formatRef(lever);
    const of =
      lever.service === "*" ? everywhere - (overridden.get(ref) ?? 0) : (reached.get(lever.service) ?? 0);
    return { by: by.get(ref) ?? 0, of };
  };
}

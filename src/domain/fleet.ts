import {
  type BreakerReport,
  type Held,
  type Hold,
  parseForeignKey,
  parseKey,
  type Read,
  type Receipt,
  type RuleReport,
  receiptKey,
  registryKey,
  type TrafficSpec,
} from "@leverframe/agent/protocol";
import { type EnvironmentState, readInstance, readReceipt } from "./environment-state.ts";

/** `suspect`: its lease ended a moment ago; `unproved`: it did not come back; `foreign`: it can't prove anything. */
export type InstanceState = "live" | "suspect" | "unproved" | "foreign";

/** A running process, as operators see it. */
export interface InstanceRow {
  readonly instance: string;
  readonly address?: string;
  readonly version: string;
  readonly zone: string;
  readonly state: InstanceState;
  /** Lease id in hexadecimal as etcdctl prints it; empty without one. */
  readonly lease: string;
  readonly ownRevision: number;
  readonly sharedRevision: number;
  readonly held: readonly Held[];
  readonly unsupported: Receipt["unsupported"];
  readonly hold?: Hold;
  readonly reads: readonly Read[];
  /** Absent where the agent does not say. */
  readonly breakers?: readonly BreakerReport[];
  /** Rules that degrade there by themselves now; absent where none does. */
  readonly degraded?: readonly RuleReport[];
  /** Empty where it is not known. */
  readonly startedAt: string;
  /** What its registration tells its callers: its share of calls, where that is not 100, and that it takes no new ones. */
  readonly weight?: number;
  readonly drained?: boolean;
  readonly isolated?: boolean;
  /** How it asks its callers to choose among the instances; absent where that is in turn. */
  readonly balancer?: TrafficSpec["balancer"];
}

export interface ServiceRow {
  readonly service: string;
  readonly instances: readonly InstanceRow[];
}

/** Milliseconds since an instance was seen without its registration; undefined while it stands. */
export type AbsentFor = (service: string, instance: string) => number | undefined;

/** How long an instance without a lease is only suspect: one TTL (DESIGN §4 *Leases*). */
export const SUSPECT_MS = 5_000;

/** Services and their instances, by name. Pure. */
export function fleetRows(state: EnvironmentState, absentFor: AbsentFor): ServiceRow[] {
  const services = new Map<string, InstanceRow[]>();
  const add = (service: string, row: InstanceRow): void => {
    const rows = services.get(service);
    if (rows === undefined) services.set(service, [row]);
    else rows.push(row);
  };
  const places = new Map<string, { service: string; instance: string }>();
  for (const key of [...state.registry.keys(), ...state.receipts.keys()]) {
    const place = parseKey(key);
    if (place.at === "registry" || place.at === "receipt") {
      places.set(`${place.service}/${place.instance}`, { service: place.service, instance: place.instance });
    }
  }
  for (const { service, instance } of places.values()) {
    const row = instanceRow(state, service, instance, absentFor);
    if (row !== undefined) add(service, row);
  }
  for (const [key, entry] of state.foreign) {
    const place = parseForeignKey(key);
    if (place !== undefined) add(place.service, foreignRow(place.address, entry.lease));
  }
  return [...services]
    .map(([service, instances]) => ({
      service,
      instances: instances.sort((a, b) => compareText(a.instance, b.instance)),
    }))
    .sort((a, b) => compareText(a.service, b.service));
}

// One collator: `localeCompare` with options makes one for each comparison.
const { compare: compareText } = new Intl.Collator("en", { numeric: true });

/** etcd gives leases in decimal; etcdctl and operators use hexadecimal. */
export const leaseText = (lease: string): string =>
  lease === "0" || lease === "" ? "" : BigInt(lease).toString(16);

function instanceRow(
  state: EnvironmentState,
  service: string,
  instance: string,
  absentFor: AbsentFor,
): InstanceRow | undefined {
  const registered = state.registry.get(registryKey(state.env, service, instance));
  const registration = registered && readInstance(registered);
  const known = registration?.ok === true ? registration.value : undefined;
  const stored = state.receipts.get(receiptKey(state.env, service, instance));
  const read = stored && readReceipt(stored);
  const receipt = read?.ok === true ? read.value : undefined;
  if (registered === undefined && receipt?.leaving === true) return undefined;
  const absent = registered === undefined ? (absentFor(service, instance) ?? SUSPECT_MS) : 0;
  return {
    instance,
    ...(known?.address === undefined ? {} : { address: known.address }),
    version: known?.version ?? "",
    zone: known?.zone ?? "",
    state: registered !== undefined ? "live" : absent < SUSPECT_MS ? "suspect" : "unproved",
    lease: leaseText(registered?.lease ?? ""),
    ownRevision: receipt?.ownRevision ?? 0,
    sharedRevision: receipt?.sharedRevision ?? 0,
    held: receipt?.held ?? [],
    unsupported: receipt?.unsupported ?? [],
    ...(receipt?.hold === undefined ? {} : { hold: receipt.hold }),
    reads: receipt?.reads ?? [],
    ...(receipt?.breakers === undefined ? {} : { breakers: receipt.breakers }),
    ...(receipt?.degraded === undefined ? {} : { degraded: receipt.degraded }),
    startedAt: known?.startedAt ?? "",
    ...(known?.weight === undefined ? {} : { weight: known.weight }),
    ...(known?.drained === true ? { drained: true } : {}),
    ...(known?.isolated === true ? { isolated: true } : {}),
    ...(known?.balancing === undefined ? {} : { balancer: known.balancing.balancer }),
  };
}

const foreignRow = (address: string, lease: string): InstanceRow => ({
  instance: address,
  address,
  version: "",
  zone: "",
  state: "foreign",
  lease: leaseText(lease),
  ownRevision: 0,
  sharedRevision: 0,
  held: [],
  unsupported: [],
  reads: [],
  startedAt: "",
});

import type { InstanceRow, InstanceState, ServiceRow } from "../api/contract.ts";

export const INSTANCE_STATES = ["live", "suspect", "unproved", "foreign"] as const satisfies InstanceState[];

/** A service's instances in counts, for its row. */
export interface ServiceSummary {
  readonly byState: Readonly<Record<InstanceState, number>>;
  readonly versions: readonly string[];
  readonly zones: readonly string[];
  readonly heldInstances: number;
  readonly holding: number;
  /** Lowest and highest own revision among instances that can prove one. */
  readonly revisions: readonly [number, number] | undefined;
}

const distinct = (values: readonly string[]) => [...new Set(values.filter(Boolean))].sort();

export function summarize(row: ServiceRow): ServiceSummary {
  const byState: Record<InstanceState, number> = { live: 0, suspect: 0, unproved: 0, foreign: 0 };
  for (const instance of row.instances) byState[instance.state] += 1;
  const own = row.instances.filter(({ state }) => state !== "foreign").map(({ ownRevision }) => ownRevision);
  return {
    byState,
    versions: distinct(row.instances.map(({ version }) => version)),
    zones: distinct(row.instances.map(({ zone }) => zone)),
    heldInstances: row.instances.filter(({ held }) => held.length > 0).length,
    holding: row.instances.filter(({ hold }) => hold !== undefined).length,
    revisions: own.length === 0 ? undefined : [Math.min(...own), Math.max(...own)],
  };
}

/** Whether an operator should look at it: no proof, a held resource, or an agent that obeys nothing new. */
export const needsALook = (instance: InstanceRow): boolean =>
  instance.state === "suspect" ||
  instance.state === "unproved" ||
  instance.held.length > 0 ||
  instance.hold !== undefined;

const compare = (a: InstanceRow, b: InstanceRow) =>
  Number(needsALook(b)) - Number(needsALook(a)) ||
  a.instance.localeCompare(b.instance, undefined, { numeric: true });

/** Instances with the troubled ones first, the rest by name. */
export const orderInstances = (instances: readonly InstanceRow[]): readonly InstanceRow[] =>
  [...instances].sort(compare);

/** Rows whose name, or one of whose instances, holds every word. */
export function searchServices(rows: readonly ServiceRow[], query: string): readonly ServiceRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = [
      row.service,
      ...row.instances.map((i) => `${i.instance} ${i.address ?? ""} ${i.version} ${i.zone}`),
    ]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

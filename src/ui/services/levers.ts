import type { LeverRow, ServiceRow } from "../api/contract.ts";

const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`;

/** How many of a service's instances declare a lever. Pure. */
export const readersIn = (row: ServiceRow, lever: LeverRow): number =>
  row.instances.filter(({ reads }) => reads.some((read) => keyOf(read) === keyOf(lever))).length;

/**
 * The levers that a service obeys: all its own, and those of every service that its code reads and that it has no own
 * for. By kind and name. Pure.
 */
export function leversOf(
  row: ServiceRow,
  own: readonly LeverRow[],
  shared: readonly LeverRow[],
): readonly LeverRow[] {
  const overridden = new Set(own.map(keyOf));
  const read = new Set(row.instances.flatMap(({ reads }) => reads.map(keyOf)));
  const obeyed = shared.filter((lever) => {
    const key = keyOf(lever);
    return !overridden.has(key) && (read.has(key) || lever.kind === "traffic");
  });
  return [...own, ...obeyed].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Levers whose kind, name, owner or reason holds every word. Pure. */
export function matching(levers: readonly LeverRow[], query: string): readonly LeverRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return levers;
  return levers.filter((lever) => {
    const text = `${keyOf(lever)} ${lever.resource?.meta.owner ?? ""} ${lever.reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

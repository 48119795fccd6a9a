import type { LeverRow } from "../api/contract.ts";

export type Rollout = NonNullable<NonNullable<LeverRow["resource"]>["rollout"]>;

/** A lever that has a candidate beside its stable spec. */
export interface RolloutRow {
  readonly lever: LeverRow;
  readonly rollout: Rollout;
  readonly spec: unknown;
}

export function rolloutRow(lever: LeverRow): RolloutRow | undefined {
  const rollout = lever.resource?.rollout;
  return rollout === undefined ? undefined : { lever, rollout, spec: lever.resource?.spec };
}

/** Kinds that are decided for each context; the others are by instance alone. */
export const BY_CONTEXT: ReadonlySet<string> = new Set(["config", "switch"]);

/** The context key that it goes by; undefined by instance. */
export const keyOf = ({ stickiness }: Rollout): string | undefined =>
  stickiness === "instance" ? undefined : stickiness.contextKey;

/** An edit of the lever that leaves all else as it stands: also when it ends by itself. */
export function editOf(
  { lever, spec }: RolloutRow,
  change: { readonly spec?: unknown; readonly rollout?: unknown },
) {
  const { service, kind, name, revision } = lever;
  const expiry = lever.resource?.meta.expiry;
  const ends = expiry !== undefined && Date.parse(expiry.at) > Date.now();
  return {
    service,
    kind,
    name,
    op: "put" as const,
    spec: change.spec ?? spec,
    ...(change.rollout === undefined ? {} : { rollout: change.rollout }),
    ...(ends ? { expiry: { at: expiry.at, restore: expiry.restore } } : {}),
    baseRevision: revision,
  };
}

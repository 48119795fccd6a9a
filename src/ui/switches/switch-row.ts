import type { Level, ResourceMeta, Rollout, SwitchSpec } from "@leverframe/agent/protocol";
import type { LeverRow } from "../api/contract.ts";

/** A switch as the pages show it. */
export interface SwitchRow extends LeverRow {
  /** Where the stored body is not valid (`fault`), what a switch begins with. */
  readonly spec: SwitchSpec;
  readonly rollout: Rollout<SwitchSpec> | undefined;
  readonly level: Level;
  readonly owner: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  /** When it ends by itself, and the spec that it goes back to (null: it is then deleted). */
  readonly expiry: ResourceMeta["expiry"];
}

const NO_TAGS: readonly string[] = [];

/** What a switch begins with. */
export const SEED_SPEC: SwitchSpec = { position: "NORMAL", level: "non-core", strategy: "placeholder" };

const known = new WeakMap<LeverRow, SwitchRow>();

/** The same row for the same answer, so that a list redraws only what changed. */
export function switchRow(row: LeverRow): SwitchRow {
  const found = known.get(row);
  if (found) return found;
  const { resource } = row;
  const spec = (resource?.spec as SwitchSpec | undefined) ?? SEED_SPEC;
  const made: SwitchRow = {
    ...row,
    spec,
    rollout: resource?.rollout as Rollout<SwitchSpec> | undefined,
    level: spec.level,
    owner: resource?.meta.owner,
    description: resource?.meta.description,
    tags: resource?.meta.tags ?? NO_TAGS,
    expiry: resource?.meta.expiry,
  };
  known.set(row, made);
  return made;
}

/** The switches among an answer's levers. */
export const switchRows = (rows: readonly LeverRow[]): readonly SwitchRow[] =>
  rows.filter((row) => row.kind === "switch").map(switchRow);

import type { ConfigSpec, EditableMeta, ResourceMeta, Rollout } from "@leverframe/agent/protocol";
import type { LeverRow } from "../api/contract.ts";

export const FORMATS = [
  "json",
  "yaml",
  "properties",
  "text",
  "flag",
] as const satisfies ConfigSpec["format"][];
export type Format = ConfigSpec["format"];

/** A config as the pages show it. */
export interface ConfigRow extends Omit<LeverRow, "resource"> {
  readonly format: Format;
  /** What it says; undefined for a secret, which never comes here, and where the stored body is not valid. */
  readonly value: string | undefined;
  readonly secret: boolean;
  readonly rollout: Rollout<ConfigSpec> | undefined;
  readonly description: string | undefined;
  readonly owner: string | undefined;
  /** The rest of what its authors may set, its JSON Schema among it. */
  readonly meta: EditableMeta;
  /** When it becomes again what it was. */
  readonly endsAt: string | undefined;
  /** Name and value, for the search. */
  readonly searched: string;
}

const known = new WeakMap<LeverRow, ConfigRow>();

/** The same row for the same answer, so that a list redraws only what changed. */
export function configRow(row: LeverRow): ConfigRow {
  const found = known.get(row);
  if (found) return found;
  const { resource, ...rest } = row;
  const spec = resource?.spec as ConfigSpec | undefined;
  const made: ConfigRow = {
    ...rest,
    format: spec?.format ?? "text",
    value: spec?.value,
    secret: spec?.secret !== undefined,
    rollout: resource?.rollout as Rollout<ConfigSpec> | undefined,
    description: resource?.meta.description,
    owner: resource?.meta.owner,
    meta: editablePart(resource?.meta),
    endsAt: resource?.meta.expiry?.at,
    searched: [
      row.name,
      row.service,
      row.reason,
      row.author?.id,
      resource?.meta.owner,
      resource?.meta.description,
      spec?.value,
    ]
      .join("\n")
      .toLowerCase(),
  };
  known.set(row, made);
  return made;
}

/** What an edit that says nothing of it would leave as it is. */
function editablePart(meta: ResourceMeta | undefined): EditableMeta {
  if (meta === undefined) return {};
  const {
    version: _,
    changeSetId: __,
    updatedAt: ___,
    author: ____,
    reason: _____,
    expiry: ______,
    ...editable
  } = meta;
  return editable;
}

/** The configs among an answer's levers. */
export const configRows = (rows: readonly LeverRow[]): readonly ConfigRow[] =>
  rows.filter((row) => row.kind === "config").map(configRow);

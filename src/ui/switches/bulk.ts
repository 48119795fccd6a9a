import type { Position } from "@leverframe/agent/protocol";
import { formatRef } from "../api/ref.ts";
import { bodyOf, type TrayEdit } from "../tray/tray-edit.ts";
import type { SwitchRow } from "./switch-row.ts";

/** The rows that a pull to a position would move. One that is not valid has none that could be told. */
export const movable = (rows: readonly SwitchRow[], to: Position): readonly SwitchRow[] =>
  rows.filter((row) => row.fault === undefined && row.spec.position !== to);

/** A pull of one switch among others: its position, and nothing else. An end that was set goes with it. Pure. */
export const pullOf = (env: string, row: SwitchRow, position: Position): TrayEdit => ({
  edit: {
    service: row.service,
    kind: row.kind,
    name: row.name,
    op: "put",
    spec: { ...row.spec, position },
    ...(row.rollout === undefined ? {} : { rollout: row.rollout }),
    baseRevision: row.revision,
  },
  base: bodyOf(row),
  editor: { address: `/switches?env=${env}&lever=${formatRef(row)}` },
});

import { ulid } from "ulid";
import type { LeverDetail } from "../api/contract.ts";
import { bodyOf, type TrayEdit } from "../tray/tray-edit.ts";
import type { ConfigRow } from "./config-row.ts";
import { draftName } from "./draft.ts";
import type { ConfigEdit } from "./use-config-edit.ts";

/** A config's draft as it waits in the tray, with the way back into its editor. */
export function trayEditOf(
  env: string,
  row: ConfigRow,
  detail: LeverDetail | undefined,
  { draft, base, changeSet }: ConfigEdit,
): TrayEdit | undefined {
  const [edit] = changeSet(ulid()).edits;
  if (edit === undefined) return undefined;
  const seen = detail?.lever.revision === base.revision ? bodyOf(detail.lever) : undefined;
  const place = new URLSearchParams({ env, service: row.service, name: row.name });
  return {
    edit,
    base: seen ?? {
      spec: { format: base.format, value: base.value },
      ...(row.rollout === undefined ? {} : { rollout: row.rollout }),
    },
    editor: {
      address: `/config?${place.toString()}`,
      // A secret's text is kept nowhere, also not on its way back.
      ...(row.secret ? {} : { draft: { name: draftName(env, row), value: { ...draft, sentId: undefined } } }),
    },
  };
}

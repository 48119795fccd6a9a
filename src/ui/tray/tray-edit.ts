import type { EditInput, LeverRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";

/** A lever's body as an author sees it: `spec`, `rollout`, `meta`. */
export type Body = Readonly<Record<string, unknown>>;

/** Where an edit can be taken up again, and what was typed there. */
export interface EditorPlace {
  /** Path and query of the editor's page. */
  readonly address: string;
  /** What that editor keeps under a name while it is typed in: given back when the edit leaves the tray for it. */
  readonly draft?: { readonly name: string; readonly value: unknown } | undefined;
}

/** One edit that waits in the tray. Plain JSON. */
export interface TrayEdit {
  /** As it will be sent; its `baseRevision` is what its author saw. */
  readonly edit: EditInput;
  /** The body that its author saw; undefined where there was none. */
  readonly base: Body | undefined;
  readonly editor: EditorPlace;
  /** A secret whose new value went with the page that it was typed in. */
  readonly lost?: true | undefined;
}

export const keyOf = ({ edit }: TrayEdit): string => formatRef(edit);

/** The body that its author saw, from a row of a list. */
export const bodyOf = (row: LeverRow): Body | undefined =>
  row.resource === undefined ? undefined : { ...row.resource };

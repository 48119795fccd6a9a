import type { EditInput } from "../api/contract.ts";
import type { LeverRef } from "../api/ref.ts";
import { bodyDifferences, type readable } from "../changes/leaves.ts";
import type { Body, TrayEdit } from "./tray-edit.ts";

/** What becomes of one lever, by its own keys. */
export interface EditDiff {
  readonly ref: LeverRef;
  readonly op: "create" | "change" | "delete" | "same";
  readonly entries: ReturnType<typeof readable>;
}

const isRecord = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const WRITTEN_AT_PUBLISH = new Set(["version", "changeSetId", "updatedAt", "author", "reason", "expiry"]);

/** What an edit makes of a lever, as far as the page can tell; undefined where it deletes it. Pure. */
export function nextBody({ edit, base }: TrayEdit): Body | undefined {
  if (edit.op === "delete") return undefined;
  const before = isRecord(base?.["meta"]) ? base["meta"] : {};
  const kept = Object.fromEntries(Object.entries(before).filter(([key]) => !WRITTEN_AT_PUBLISH.has(key)));
  return {
    spec: edit.spec,
    ...(edit.rollout == null ? {} : { rollout: edit.rollout }),
    meta: { ...(edit.meta ?? kept), ...(edit.expiry === undefined ? {} : { expiry: endOf(edit, base) }) },
  };
}

/** An expiry goes back to what stood before it; one that is armed anew keeps the first one's end. */
function endOf(edit: EditInput, base: Body | undefined): Body {
  const meta = isRecord(base?.["meta"]) ? base["meta"] : {};
  const armed = isRecord(meta["expiry"]) ? meta["expiry"] : undefined;
  const restore = edit.expiry?.restore ?? (armed === undefined ? base?.["spec"] : armed["restore"]) ?? null;
  return { at: edit.expiry?.at, restore };
}

/** What an edit does, key by key. A secret's new value is left out: only the control plane can give its fingerprint. */
export function diffOf(entry: TrayEdit): EditDiff {
  const { service, kind, name, op, secret } = entry.edit;
  const ref = { service, kind, name };
  if (op === "delete") return { ref, op, entries: [] };
  const all = bodyDifferences(entry.base, nextBody(entry));
  const entries =
    secret === true ? all.filter(({ path }) => !/(^|\.)(spec|candidate|restore)\./.test(path)) : all;
  if (entry.base === undefined) return { ref, op: "create", entries };
  return { ref, op: entries.length === 0 && secret !== true ? "same" : "change", entries };
}

/** The same edits, each that may end by itself ending at `until`, unless it says when itself. Pure. */
export function withEnd(edits: readonly TrayEdit[], until: string | undefined): readonly TrayEdit[] {
  if (until === undefined) return edits;
  return edits.map((entry) =>
    mayEnd(entry) ? { ...entry, edit: { ...entry.edit, expiry: { at: until } } } : entry,
  );
}

/** Whether an edit can end by itself: a change of a spec that goes back to another one. A share steps back by hand. */
export function mayEnd(entry: TrayEdit): boolean {
  const { edit, base } = entry;
  if (edit.op === "delete" || edit.expiry !== undefined || base === undefined) return false;
  return bodyDifferences({ spec: base["spec"] }, { spec: edit.spec }).length > 0;
}

/** What is moved in earnest: core switches, and whatever is taken away. */
export function isGrave({ edit, base }: TrayEdit): boolean {
  if (edit.op === "delete") return true;
  if (edit.kind !== "switch") return false;
  return [base?.["spec"], edit.spec].some((spec) => isRecord(spec) && spec["level"] === "core");
}

/** Whether an edit still does something. */
export const isEdited = (entry: TrayEdit): boolean => {
  if (entry.edit.op === "delete") return entry.edit.baseRevision > 0;
  return diffOf(entry).op !== "same";
};

import { sameValue } from "../switches/json.ts";
import type { Body, TrayEdit } from "./tray-edit.ts";

/** A lever as somebody else left it; no body where they deleted it. */
export interface Theirs {
  readonly revision: number;
  readonly body: Body | undefined;
}

/** How two texts of one base are put together; undefined where only a person can. */
export type MergeTexts = (base: string, theirs: string, yours: string) => string | undefined;

const isRecord = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The same wish over what stands now: what its author changed goes over theirs, what only they changed stays. Pure. */
export function rebase(entry: TrayEdit, theirs: Theirs, mergeTexts: MergeTexts = () => undefined): TrayEdit {
  const { edit, base } = entry;
  const { rollout: _, ...plain } = edit;
  const rebased = { ...entry, base: theirs.body, edit: { ...plain, baseRevision: theirs.revision } };
  if (edit.op === "delete" || theirs.body === undefined || base === undefined) {
    return { ...rebased, edit: { ...edit, baseRevision: theirs.revision } };
  }
  // A secret's value is opaque: there is nothing to put together.
  const spec =
    edit.secret === true ? edit.spec : merge(base["spec"], theirs.body["spec"], edit.spec, mergeTexts);
  const rollout = merge(base["rollout"], theirs.body["rollout"], edit.rollout ?? undefined, mergeTexts);
  return { ...rebased, edit: { ...rebased.edit, spec, ...(rollout === undefined ? {} : { rollout }) } };
}

function merge(base: unknown, theirs: unknown, yours: unknown, mergeTexts: MergeTexts): unknown {
  if (sameValue(base, yours)) return theirs;
  if (sameValue(base, theirs)) return yours;
  if (isRecord(base) && isRecord(theirs) && isRecord(yours)) {
    const keys = new Set([...Object.keys(theirs), ...Object.keys(yours)]);
    const merged: Record<string, unknown> = {};
    for (const key of keys) {
      const value = merge(base[key], theirs[key], yours[key], mergeTexts);
      if (value !== undefined) merged[key] = value;
    }
    return merged;
  }
  if (typeof base === "string" && typeof theirs === "string" && typeof yours === "string") {
    return mergeTexts(base, theirs, yours) ?? yours;
  }
  return yours;
}

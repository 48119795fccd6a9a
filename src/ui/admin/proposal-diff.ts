import type { KeyChange } from "../kit/diff.tsx";
import { sameValue } from "../switches/json.ts";
import type { ApprovalEdit } from "./api.ts";

interface Body {
  readonly spec?: unknown;
  readonly rollout?: unknown;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Leaves by path; lists and empty objects are leaves. */
function leaves(value: unknown, path: string, into: Map<string, unknown>): Map<string, unknown> {
  if (value === undefined) return into;
  if (!isRecord(value) || Object.keys(value).length === 0) return into.set(path, value);
  for (const [key, part] of Object.entries(value)) leaves(part, path === "" ? key : `${path}.${key}`, into);
  return into;
}

const flat = (body: Body | undefined): Map<string, unknown> =>
  leaves(body?.rollout, "rollout", leaves(body?.spec, "", new Map()));

const LONGEST = 400;
const show = (value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};

/** What an edit does to a body, key by key, as it stands; where nothing stands, every key that it brings. Pure. */
export function changesOf(standing: Body | undefined, edit: ApprovalEdit): readonly KeyChange[] {
  const before = flat(standing);
  const after = edit.op === "delete" ? new Map<string, unknown>() : flat(edit);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => !sameValue(before.get(key), after.get(key)))
    .map((key) => ({
      key,
      label: key,
      before: show(before.get(key)),
      after: show(after.get(key)),
      verbatim: true,
    }));
}

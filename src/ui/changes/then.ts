import type { LeverRow, ResourceVersion } from "../api/contract.ts";
import { formatRef, type LeverRef } from "../api/ref.ts";
import type { LeverDiff } from "./diff-words.ts";
import { bodyDifferences } from "./leaves.ts";
import type { TypedMoment } from "./moment-field.tsx";

/** How a lever of then stands now: `gone` is there no more, `new` was not there then. */
export const FATES = ["changed", "gone", "new", "same"] as const;
export type Fate = (typeof FATES)[number];

/** One lever then and now. */
export interface ThenRow {
  readonly ref: LeverRef;
  readonly fate: Fate;
  readonly was: ResourceVersion | undefined;
  readonly now: LeverRow | undefined;
  /** From then to now; without entries where nothing differs. */
  readonly diff: LeverDiff;
}

/** Every lever that stood then or stands now: what differs first, then by name. Pure. */
export function compareStates(
  then: readonly ResourceVersion[],
  now: readonly LeverRow[],
): readonly ThenRow[] {
  const standing = new Map(now.map((row) => [formatRef(row), row]));
  const former = new Map(then.map((version) => [formatRef(version), version]));
  const keys = [...new Set([...former.keys(), ...standing.keys()])].sort();
  const rows = keys.flatMap((key) => rowOf(former.get(key), standing.get(key)));
  return rows.sort((a, b) => FATES.indexOf(a.fate) - FATES.indexOf(b.fate));
}

function rowOf(was: ResourceVersion | undefined, now: LeverRow | undefined): ThenRow[] {
  const known = was ?? now;
  if (known === undefined) return [];
  const { service, kind, name } = known;
  const ref = { service, kind, name };
  const same = was !== undefined && now !== undefined && was.revision === now.revision;
  const entries = same ? [] : bodyDifferences(was?.body, now?.resource);
  const fate: Fate =
    was === undefined ? "new" : now === undefined ? "gone" : entries.length > 0 ? "changed" : "same";
  const op = fate === "new" ? "create" : fate === "gone" ? "delete" : fate === "changed" ? "change" : "same";
  return [{ ref, fate, was, now, diff: { ref, op, entries } }];
}

/** What an address says of a moment: `r18402`, a local time, or one of the words for a moment that is not chosen yet. Pure. */
export function typedMoment(text: string): TypedMoment {
  if (/^r\d*$/.test(text)) return { by: "revision", revision: text === "r" ? "" : text, at: "" };
  return { by: "time", revision: "", at: /^\d{4}-/.test(text) ? text : "" };
}

/** The same the other way; `time` or `r` while nothing is typed, so that the address still says what is asked. Pure. */
export const momentText = ({ by, at, revision }: TypedMoment): string =>
  by === "time" ? at || "time" : `r${revision.trim().replace(/^r/, "")}`;

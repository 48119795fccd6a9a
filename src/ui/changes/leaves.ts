import type { DiffEntry } from "../api/contract.ts";
import { canonical } from "../switches/json.ts";

const BOOKKEEPING = new Set(["version", "changeSetId", "updatedAt", "author", "reason"]);
/** What the control plane notes for itself within what an author may set, and what names a rollout for machines. */
const UNSAID = new Set(["meta.expiry.armedRevision", "rollout.id", "rollout.salt"]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const join = (path: string, key: string) => (path === "" ? key : `${path}.${key}`);

/** Leaves that differ, by path; arrays are leaves. Either side may be missing. Pure. */
function differences(before: unknown, after: unknown, path = ""): DiffEntry[] {
  if (isRecord(before) || isRecord(after)) {
    const sides = [isRecord(before) ? before : {}, isRecord(after) ? after : {}] as const;
    const mixed = [before, after].some((side) => side !== undefined && !isRecord(side));
    if (!mixed) {
      const keys = new Set(sides.flatMap((side) => Object.keys(side)));
      return [...keys].flatMap((key) => differences(sides[0][key], sides[1][key], join(path, key)));
    }
  }
  return canonical(before) === canonical(after) ? [] : [{ path, before, after }];
}

/** The part of a stored body that an author made. */
function authored(body: unknown): unknown {
  if (!isRecord(body)) return undefined;
  const meta = isRecord(body["meta"])
    ? Object.fromEntries(Object.entries(body["meta"]).filter(([key]) => !BOOKKEEPING.has(key)))
    : {};
  return { spec: body["spec"], rollout: body["rollout"], meta };
}

/** What an author made otherwise between two stored bodies; undefined = there is none. Pure. */
export const bodyDifferences = (before: unknown, after: unknown): readonly DiffEntry[] =>
  readable(differences(authored(before), authored(after)));

/** One of a sealed value's parts, and where it stands. */
const SEALED = /^(.*\bsecret)\.(kid|iv|ct|tag)$/;

/** What a person sees in place of a sealed value: equal for equal sealings, and nothing of the value. */
export interface Fingerprint {
  readonly fingerprint: string;
}

export const isFingerprint = (value: unknown): value is Fingerprint =>
  isRecord(value) && typeof value["fingerprint"] === "string";

/**
 * Leaves as they may be shown: a sealed value is one leaf with its fingerprint, a JSON text its own leaves, and what is
 * bookkeeping is left out. Pure.
 */
export function readable(entries: readonly DiffEntry[]): readonly DiffEntry[] {
  const shown = new Map<string, DiffEntry>();
  for (const entry of entries) {
    if (UNSAID.has(entry.path)) continue;
    const [, place, part] = SEALED.exec(entry.path) ?? [];
    if (place === undefined) {
      for (const leaf of jsonLeaves(entry)) shown.set(leaf.path, leaf);
    } else if (part === "tag" || !shown.has(place)) {
      shown.set(place, {
        path: place,
        before: fingerprintOf(entry.before),
        after: fingerprintOf(entry.after),
      });
    }
  }
  return [...shown.values()];
}

const fingerprintOf = (part: unknown): Fingerprint | undefined =>
  typeof part === "string" ? { fingerprint: part.slice(0, 8) } : undefined;

/** A text that is a JSON object on both sides (or one, where the other is none) is compared key by key. */
function jsonLeaves(entry: DiffEntry): readonly DiffEntry[] {
  if (!entry.path.endsWith("spec.value") && !entry.path.endsWith("candidate.value")) return [entry];
  const [before, after] = [objectIn(entry.before), objectIn(entry.after)];
  const whole =
    (entry.before === undefined || before !== undefined) &&
    (entry.after === undefined || after !== undefined);
  if (!whole) return [entry];
  const leaves = differences(before, after, entry.path);
  return leaves.length === 0 ? [entry] : leaves;
}

function objectIn(text: unknown): Record<string, unknown> | undefined {
  if (typeof text !== "string" || !text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Lines that a text lost and gained: what is equal at both ends is left out. Pure. */
export function lineDifferences(
  before: string,
  after: string,
): { readonly lost: readonly string[]; readonly gained: readonly string[]; readonly from: number } {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  )
    end += 1;
  return {
    lost: old.slice(start, old.length - end),
    gained: now.slice(start, now.length - end),
    from: start + 1,
  };
}

export type Side = "theirs" | "yours" | "agreed" | "contested";

/** One leaf of a three-way view. `contested`: both changed it, differently. */
export interface ThreeWayLeaf {
  readonly path: string;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly yours: unknown;
  readonly outcome: Side;
}

/** Leaves that either side changed from what both began with. Only what an author made counts. Pure. */
export function threeWayLeaves(base: unknown, theirs: unknown, yours: unknown): readonly ThreeWayLeaf[] {
  const specs = [base, theirs, yours].map((body) =>
    isRecord(body) ? { spec: body["spec"], rollout: body["rollout"] } : undefined,
  );
  const byThem = new Map(readable(differences(specs[0], specs[1])).map((entry) => [entry.path, entry]));
  const byYou = new Map(readable(differences(specs[0], specs[2])).map((entry) => [entry.path, entry]));
  return [...new Set([...byThem.keys(), ...byYou.keys()])].map((path) => {
    const [them, you] = [byThem.get(path), byYou.get(path)];
    const was = (them ?? you)?.before;
    const outcome: Side = !you
      ? "theirs"
      : !them
        ? "yours"
        : canonical(them.after) === canonical(you.after)
          ? "agreed"
          : "contested";
    return { path, base: was, theirs: them ? them.after : was, yours: you ? you.after : was, outcome };
  });
}

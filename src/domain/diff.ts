import { isDeepStrictEqual } from "node:util";
import { formatRef, type ResourceRef } from "@leverframe/agent/protocol";

/** One leaf that differs. `undefined` = the leaf is not there. */
export interface DiffEntry {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a change set does to one resource. */
export interface ResourceDiff {
  readonly ref: ResourceRef;
  readonly op: "create" | "change" | "delete" | "same";
  readonly entries: readonly DiffEntry[];
}

/** The part of a body that an author controls: the bookkeeping in `meta` is left out of every diff. */
export interface DiffBody {
  readonly spec?: unknown;
  readonly rollout?: unknown;
  readonly meta?: unknown;
}

const BOOKKEEPING = new Set(["version", "changeSetId", "updatedAt", "author", "reason"]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Leaves that differ, by path, in the order of the keys; arrays are leaves. */
export function diffValues(before: unknown, after: unknown, path = ""): DiffEntry[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) {
    if (isRecord(before) && after === undefined)
      return leaves(before, path, (value, at) => ({ path: at, before: value, after: undefined }));
    if (isRecord(after) && before === undefined)
      return leaves(after, path, (value, at) => ({ path: at, before: undefined, after: value }));
    return [{ path, before, after }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    diffValues(before[key], after[key], path === "" ? key : `${path}.${key}`),
  );
}

function leaves(
  record: Record<string, unknown>,
  path: string,
  make: (value: unknown, path: string) => DiffEntry,
): DiffEntry[] {
  return Object.entries(record).flatMap(([key, value]) => {
    const at = path === "" ? key : `${path}.${key}`;
    if (value === undefined) return [];
    return isRecord(value) ? leaves(value, at, make) : [make(value, at)];
  });
}

const authored = (body: DiffBody | undefined): unknown => {
  if (body === undefined) return undefined;
  const meta = isRecord(body.meta)
    ? Object.fromEntries(
        Object.entries(body.meta)
          .filter(([key]) => !BOOKKEEPING.has(key))
          .map(([key, value]) => [key, key === "expiry" && isRecord(value) ? { at: value["at"] } : value]),
      )
    : {};
  return {
    spec: body.spec,
    ...(body.rollout === undefined ? {} : { rollout: body.rollout }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
};

/** Compares two bodies of a resource; either may be missing. */
export function diffResource(
  ref: ResourceRef,
  before: DiffBody | undefined,
  after: DiffBody | undefined,
): ResourceDiff {
  const entries = diffValues(authored(before), authored(after));
  const op =
    before === undefined
      ? after === undefined
        ? "same"
        : "create"
      : after === undefined
        ? "delete"
        : entries.length === 0
          ? "same"
          : "change";
  return { ref, op, entries };
}

const show = (value: unknown): string => {
  if (value === undefined) return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/** A change in one English sentence: `order/breaker/bank: failureRateThreshold 50 → 30`. */
export function describeDiff(diff: ResourceDiff): string {
  const name = formatRef(diff.ref);
  switch (diff.op) {
    case "create":
      return `${name}: new (${diff.entries.map((entry) => `${leaf(entry.path)} ${show(entry.after)}`).join(", ")})`;
    case "delete":
      return `${name}: deleted`;
    case "same":
      return `${name}: no difference`;
    case "change":
      return `${name}: ${diff.entries.map((entry) => `${leaf(entry.path)} ${show(entry.before)} → ${show(entry.after)}`).join(", ")}`;
  }
}

const leaf = (path: string): string => (path === "meta.expiry.at" ? "ends at" : path.replace(/^spec\./, ""));

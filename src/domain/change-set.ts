import { hash } from "node:crypto";
import {
  describeIssues,
  EVERY_SERVICE,
  editableMeta,
  formatRef,
  type Head,
  headKey,
  type Journal,
  type JournalEdit,
  journalKey,
  LIMITS,
  liveKey,
  parseResourceStrict,
  type ResourceMeta,
  type ResourceRef,
  SCHEMA_VERSIONS,
} from "@leverframe/agent/protocol";
import { findFault } from "@leverframe/agent/rules";
import * as z from "zod";
import type { ChangeSetRequest, EditRequest, ValidRequest } from "./change-set-request.ts";
import { type DiffBody, diffResource, type ResourceDiff } from "./diff.ts";
import { DomainError } from "./errors.ts";
import { bodyOf, isRecord } from "./stored-body.ts";
import type { StoredEntry } from "./stored-entry.ts";

/** What must be known of the present to plan a change set. */
export interface PublishView {
  current(ref: ResourceRef): StoredEntry | undefined;
  head(scope: string): { readonly head: Head; readonly modRevision: number } | undefined;
  /** Live keys of a scope, its head not counted. */
  keyCount(scope: string): number;
  /** Registered instances that watch a scope. */
  liveInstances(scope: string): number;
  /** Receipts that stand for a scope. */
  targetCount(scope: string): number;
}

export type Write = { readonly put: string; readonly value: string } | { readonly delete: string };

/** The leader key as its holder made it: whoever writes in its name compares it. */
export interface Fence {
  readonly key: string;
  readonly createRevision: number;
}

/** What a change set is published under, beside what its author asked for. */
export interface PublishTerms {
  /** For background work: nothing is written once somebody else leads. */
  readonly fence?: Fence;
  /** Keys under `control/` that are done with by this change set: they must still be as seen, and are deleted with it. */
  readonly consumes?: readonly string[];
  readonly expects?: ReadonlyMap<string, number>;
  readonly journal?: Pick<Journal, "override" | "approvedBy" | "undoes">;
}

/** A change set ready to be sent: one transaction, checked against every limit. */
export interface PlannedChangeSet {
  readonly id: string;
  readonly env: string;
  readonly journal: Journal;
  /** Key → mod_revision that it must have; 0 = must not exist. */
  readonly expected: ReadonlyMap<string, number>;
  /** Who must still be the leader. */
  readonly fence: Fence | undefined;
  /** The shared head's key: if only this moved, nothing that the author saw has changed, and a retry is right. */
  readonly guardKey: string;
  readonly writes: readonly Write[];
  /** What it changes, for people: worked out when asked for, since the commit need not wait for it. */
  diffs(): readonly ResourceDiff[];
}

/** A resource that is no longer as its author saw it. */
export interface Conflict {
  readonly ref: ResourceRef;
  readonly baseRevision: number;
  readonly theirsRevision: number;
}

export const digestOf = (body: string): string => hash("sha256", body);

/**
 * Turns a request into one transaction. Throws a `DomainError`: INVALID (the field is named), TOO_LARGE, or CONFLICT
 * with a list of `Conflict` as details. Pure but for the digest.
 */
export function planChangeSet(
  checked: ValidRequest,
  view: PublishView,
  now: Date,
  terms: PublishTerms = {},
): PlannedChangeSet {
  const scopes = [...new Set(checked.edits.map((edit) => edit.service))];
  refuseMixedScopes(scopes);
  refuseConflicts(checked.edits, view);
  const expected = new Map<string, number>(terms.expects);
  const writes: Write[] = [];
  const journalEdits: JournalEdit[] = [];
  const changed: { ref: ResourceRef; before: StoredEntry | undefined; after: unknown }[] = [];
  const added = new Map<string, number>();
  for (const edit of checked.edits) {
    const key = liveKey(checked.env, edit);
    const current = view.current(edit);
    const next = edit.op === "put" ? nextBody(checked, edit, current, now) : undefined;
    expected.set(key, edit.baseRevision);
    writes.push(next === undefined ? { delete: key } : { put: key, value: next.text });
    journalEdits.push(journalEdit(edit, current, next?.body));
    changed.push({ ref: refOf(edit), before: current, after: next?.body });
    const step = (next === undefined ? 0 : 1) - (current === undefined ? 0 : 1);
    added.set(edit.service, (added.get(edit.service) ?? 0) + step);
  }
  const guardKey = headKey(checked.env, EVERY_SERVICE);
  const shared = view.head(EVERY_SERVICE);
  if (shared === undefined) {
    throw new DomainError(
      "NOT_FOUND",
      `There is no environment ${checked.env}. Create it (LEVERFRAME_ENVIRONMENTS, or leverframe env create ${checked.env}).`,
    );
  }
  expected.set(guardKey, shared.modRevision);
  for (const scope of scopes) {
    const head: Head = {
      epoch: shared.head.epoch,
      ...(shared.head.confirms === undefined ? {} : { confirms: shared.head.confirms }),
      changeSetId: checked.id,
      keyCount: Math.max(0, view.keyCount(scope) + (added.get(scope) ?? 0)),
      receiptSpreadMs: Math.round(view.liveInstances(scope) / 2),
    };
    writes.push({ put: headKey(checked.env, scope), value: JSON.stringify(head) });
  }
  const journal: Journal = {
    schema: 1,
    id: checked.id,
    ...(checked.groupId === undefined ? {} : { groupId: checked.groupId }),
    author: checked.author,
    reason: checked.reason,
    at: now.toISOString(),
    edits: journalEdits,
    targetCount: Object.fromEntries(scopes.map((scope) => [scope, view.targetCount(scope)])),
    ...terms.journal,
  };
  for (const key of terms.consumes ?? []) writes.push({ delete: key });
  writes.push({ put: journalKey(checked.env, checked.id), value: JSON.stringify(journal) });
  refuseOversize(writes);
  return {
    id: checked.id,
    env: checked.env,
    journal,
    expected,
    fence: terms.fence,
    guardKey,
    writes,
    diffs: () =>
      changed.map(({ ref, before, after }) =>
        diffResource(ref, bodyOf(before), after as DiffBody | undefined),
      ),
  };
}

function refuseMixedScopes(scopes: readonly string[]): void {
  if (scopes.length > 1 && scopes.includes(EVERY_SERVICE)) {
    throw new DomainError(
      "INVALID",
      "A change set edits either levers of every service (*) or levers of named services, never both: publish two.",
    );
  }
}

function refuseConflicts(edits: readonly EditRequest[], view: PublishView): void {
  const conflicts = edits.flatMap((edit): Conflict[] => {
    const theirsRevision = view.current(edit)?.modRevision ?? 0;
    return theirsRevision === edit.baseRevision
      ? []
      : [{ ref: refOf(edit), baseRevision: edit.baseRevision, theirsRevision }];
  });
  if (conflicts.length > 0) throw conflictError(conflicts);
}

/** The typed conflict; whoever reports it adds the bodies. */
export const conflictError = (conflicts: readonly Conflict[]): DomainError =>
  new DomainError(
    "CONFLICT",
    `${conflicts.map((one) => formatRef(one.ref)).join(", ")} changed since you looked. Compare, then publish again.`,
    { details: conflicts },
  );

const refOf = (edit: ResourceRef): ResourceRef => ({
  service: edit.service,
  kind: edit.kind,
  name: edit.name,
});

function nextBody(
  request: ChangeSetRequest,
  edit: EditRequest,
  current: StoredEntry | undefined,
  now: Date,
): { text: string; body: unknown } {
  const old = bodyOf(current);
  const oldMeta = isRecord(old?.["meta"]) ? old["meta"] : {};
  const oldVersion = typeof oldMeta["version"] === "number" ? oldMeta["version"] : 0;
  const candidate = {
    schema: SCHEMA_VERSIONS[edit.kind],
    spec: edit.spec,
    ...(edit.rollout === undefined || edit.rollout === null ? {} : { rollout: edit.rollout }),
    meta: {
      ...(edit.meta ?? keptMeta(oldMeta)),
      version: oldVersion + 1,
      changeSetId: request.id,
      updatedAt: now.toISOString(),
      author: request.author,
      reason: request.reason,
      ...(edit.expiry === undefined ? {} : { expiry: expiryOf(edit.expiry, edit, old, now) }),
    },
  };
  try {
    const body = parseResourceStrict(edit.kind, candidate);
    refuseBadEnd(edit, candidate);
    const fault = findFault(edit.kind, body);
    if (fault !== undefined) throw new DomainError("INVALID", `${formatRef(edit)}: ${fault}`);
    const text = JSON.stringify(body);
    const size = Buffer.byteLength(text);
    if (size > LIMITS.specBytes) {
      throw new DomainError(
        "TOO_LARGE",
        `${formatRef(edit)} is ${size} bytes; at most ${LIMITS.specBytes} are kept. Split it.`,
      );
    }
    return { text, body };
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new DomainError("INVALID", `${formatRef(edit)}: ${describeIssues(error)}`);
    throw error;
  }
}

/** What it will go back to must be as valid as what it is now: nobody will be there to mend it. */
function refuseBadEnd(
  edit: EditRequest,
  candidate: { readonly meta: { readonly expiry?: ResourceMeta["expiry"] } },
): void {
  const { expiry, ...meta } = candidate.meta;
  if (expiry === undefined || expiry.restore === null) return;
  try {
    parseResourceStrict(edit.kind, { ...candidate, rollout: undefined, spec: expiry.restore, meta });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new DomainError("INVALID", `${formatRef(edit)}: expiry.restore: ${describeIssues(error)}`);
  }
}

/** What ends by itself goes back to what stood before it; a repeated arming keeps the first one's `restore`. */
function expiryOf(
  wanted: NonNullable<EditRequest["expiry"]>,
  edit: EditRequest,
  old: Record<string, unknown> | undefined,
  now: Date,
): NonNullable<ResourceMeta["expiry"]> {
  if (Date.parse(wanted.at) <= now.getTime()) {
    throw new DomainError("INVALID", `${formatRef(edit)}: expiry.at is over already: give a time to come.`);
  }
  const armed =
    isRecord(old?.["meta"]) && isRecord(old["meta"]["expiry"]) ? old["meta"]["expiry"] : undefined;
  const before = armed === undefined ? old?.["spec"] : armed["restore"];
  const restore = (wanted.restore ?? before ?? null) as NonNullable<ResourceMeta["expiry"]>["restore"];
  return { at: wanted.at, restore, armedRevision: edit.baseRevision };
}

const EDITABLE = Object.keys(editableMeta.shape);

/** What an edit that says nothing of it leaves as it was; nothing where that is not as it should be. */
function keptMeta(old: Readonly<Record<string, unknown>>): z.infer<typeof editableMeta> {
  const fields = EDITABLE.filter((key) => old[key] !== undefined);
  if (fields.length === 0) return {};
  const kept = editableMeta.safeParse(Object.fromEntries(fields.map((key) => [key, old[key]])));
  return kept.success ? kept.data : {};
}

function journalEdit(edit: EditRequest, current: StoredEntry | undefined, body: unknown): JournalEdit {
  const old = current?.value.toString();
  const meta = bodyOf(current)?.["meta"];
  const ours = isRecord(meta) && typeof meta["changeSetId"] === "string";
  return {
    ...refOf(edit),
    op: edit.op,
    ...(body === undefined ? {} : { body }),
    oldRevision: edit.baseRevision,
    ...(old === undefined ? {} : { oldDigest: digestOf(old) }),
    ...(old === undefined || ours ? {} : { oldBody: old.slice(0, LIMITS.specBytes) }),
  };
}

function refuseOversize(writes: readonly Write[]): void {
  if (writes.length > LIMITS.operations) {
    throw new DomainError(
      "TOO_LARGE",
      `The change set needs ${writes.length} writes; one transaction holds ${LIMITS.operations}. Split it.`,
    );
  }
  const bytes = writes.reduce(
    (sum, write) =>
      sum +
      ("put" in write ? Buffer.byteLength(write.put) + Buffer.byteLength(write.value) : write.delete.length),
    0,
  );
  if (bytes > LIMITS.requestBytes) {
    throw new DomainError(
      "TOO_LARGE",
      `The change set is ${bytes} bytes with its journal; one transaction holds ${LIMITS.requestBytes}. Split it.`,
    );
  }
}

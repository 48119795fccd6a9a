import { createHash } from "node:crypto";
import {
  type Author,
  authorSchema,
  changeSetId,
  describeIssues,
  EVERY_SERVICE,
  editableMeta,
  environmentName,
  formatRef,
  type Head,
  headKey,
  type Journal,
  type JournalEdit,
  journalKey,
  LIMITS,
  liveKey,
  parseResourceStrict,
  type ResourceRef,
  resourceKind,
  resourceName,
  resourceScope,
  SCHEMA_VERSIONS,
} from "@leverframe/agent/protocol";
import { findFault } from "@leverframe/agent/rules";
import * as z from "zod";
import { type DiffBody, diffResource, type ResourceDiff } from "./diff.ts";
import { DomainError } from "./errors.ts";
import { parseOnce, type StoredEntry } from "./stored-entry.ts";

/** One edit as its author sends it. `baseRevision`: the mod_revision that the author saw, 0 for "there is none". */
export const editRequest = z.strictObject({
  service: resourceScope,
  kind: resourceKind,
  name: resourceName,
  op: z.enum(["put", "delete"], { error: "op must be put or delete" }),
  spec: z.unknown().optional(),
  rollout: z.unknown().optional(),
  /** Left out: what stands is kept. */
  meta: editableMeta.optional(),
  baseRevision: z
    .int({ error: "baseRevision must be a revision, or 0 where there is no such resource" })
    .min(0),
});
export type EditRequest = z.infer<typeof editRequest>;

export const changeSetRequest = z.strictObject({
  env: environmentName,
  /** Made by the client, so that a retry after a lost answer is safe. */
  id: changeSetId,
  groupId: changeSetId.optional(),
  reason: z
    .string({ error: "reason must be text: say why" })
    .trim()
    .min(1, { error: "reason must not be empty: say why" })
    .max(LIMITS.reasonLength, { error: `reason must be at most ${LIMITS.reasonLength} characters` }),
  edits: z.array(editRequest).min(1, { error: "edits must hold at least one edit" }),
});
export type ChangeSetRequest = z.infer<typeof changeSetRequest> & { readonly author: Author };

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

/** A change set ready to be sent: one transaction, checked against every limit. */
export interface PlannedChangeSet {
  readonly id: string;
  readonly env: string;
  readonly journal: Journal;
  /** Key → mod_revision that it must have; 0 = must not exist. */
  readonly expected: ReadonlyMap<string, number>;
  /** The shared head's key: if only this moved, nothing that the author saw has changed, and a retry is right. */
  readonly guardKey: string;
  readonly writes: readonly Write[];
  /** What it changes, for people: worked out when asked for, since the commit need not wait for it. */
  diffs(): readonly ResourceDiff[];
}

declare const validated: unique symbol;
/** A request that {@link validate} let through. */
export type ValidRequest = ChangeSetRequest & { readonly [validated]: true };

/** A resource that is no longer as its author saw it. */
export interface Conflict {
  readonly ref: ResourceRef;
  readonly baseRevision: number;
  readonly theirsRevision: number;
}

export const digestOf = (body: string): string => createHash("sha256").update(body).digest("hex");

/**
 * Turns a request into one transaction. Throws a `DomainError`: INVALID (the field is named), TOO_LARGE, or CONFLICT
 * with a list of `Conflict` as details. Pure but for the digest.
 */
export function planChangeSet(checked: ValidRequest, view: PublishView, now: Date): PlannedChangeSet {
  const scopes = [...new Set(checked.edits.map((edit) => edit.service))];
  refuseMixedScopes(scopes);
  refuseConflicts(checked.edits, view);
  const expected = new Map<string, number>();
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
  };
  writes.push({ put: journalKey(checked.env, checked.id), value: JSON.stringify(journal) });
  refuseOversize(writes);
  return {
    id: checked.id,
    env: checked.env,
    journal,
    expected,
    guardKey,
    writes,
    diffs: () =>
      changed.map(({ ref, before, after }) =>
        diffResource(ref, bodyOf(before), after as DiffBody | undefined),
      ),
  };
}

/** Checks the request alone, before anything is read. Throws INVALID. */
export function validate(request: ChangeSetRequest): ValidRequest {
  const { author, ...rest } = request;
  const result = changeSetRequest.safeParse(rest);
  const authored = authorSchema.safeParse(author);
  if (!result.success) throw new DomainError("INVALID", describeIssues(result.error));
  if (!authored.success) throw new DomainError("INVALID", describeIssues(authored.error, "author"));
  const seen = new Set<string>();
  for (const edit of result.data.edits) {
    const name = formatRef(edit);
    if (seen.has(name))
      throw new DomainError("INVALID", `${name} is edited twice in one change set: merge the edits.`);
    seen.add(name);
    if (edit.op === "put" && edit.spec === undefined)
      throw new DomainError("INVALID", `${name}: spec is missing`);
    if (edit.op === "delete" && edit.baseRevision === 0) {
      throw new DomainError("INVALID", `${name}: baseRevision is missing: only what was seen can be deleted`);
    }
  }
  return { ...result.data, author: authored.data } as ValidRequest;
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

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readBody = parseOnce((entry): Record<string, unknown> => {
  const text = entry.value.toString();
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : { spec: body };
  } catch {
    return { spec: text };
  }
});

/** A stored body as JSON, read once: don't change it. Undefined where there is none; as text where it can't be read. */
export function bodyOf(entry: StoredEntry | undefined): Record<string, unknown> | undefined {
  const body = entry && readBody(entry);
  return body?.ok === true ? body.value : undefined;
}

function nextBody(
  request: ChangeSetRequest,
  edit: EditRequest,
  current: StoredEntry | undefined,
  now: Date,
): { text: string; body: unknown } {
  const old = bodyOf(current);
  const oldMeta = isRecord(old?.["meta"]) ? old["meta"] : {};
  const kept = editableMeta.safeParse(
    Object.fromEntries(Object.keys(editableMeta.shape).map((key) => [key, oldMeta[key]])),
  );
  const oldVersion = typeof oldMeta["version"] === "number" ? oldMeta["version"] : 0;
  const candidate = {
    schema: SCHEMA_VERSIONS[edit.kind],
    spec: edit.spec,
    ...(edit.rollout === undefined || edit.rollout === null ? {} : { rollout: edit.rollout }),
    meta: {
      ...(edit.meta ?? (kept.success ? kept.data : {})),
      version: oldVersion + 1,
      changeSetId: request.id,
      updatedAt: now.toISOString(),
      author: request.author,
      reason: request.reason,
    },
  };
  try {
    const body = parseResourceStrict(edit.kind, candidate);
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

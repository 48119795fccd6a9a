import { hash } from "node:crypto";
import {
  EVERY_SERVICE,
  formatRef,
  type Head,
  headKey,
  type Journal,
  type JournalEdit,
  journalKey,
  LIMITS,
  liveKey,
  type Resource,
  type ResourceRef,
} from "@leverframe/agent/protocol";
import type { EditRequest, ValidRequest } from "./change-set-request.ts";
import { type DiffBody, diffResource, type ResourceDiff } from "./diff.ts";
import { readResource } from "./environment-state.ts";
import { DomainError } from "./errors.ts";
import { type Finding, judge, sentencesOf } from "./interlock.ts";
import type { InterlockView } from "./interlock-view.ts";
import type { Touched } from "./interlock-world.ts";
import { nextBody } from "./next-body.ts";
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
  /** What the interlock judges by. */
  readonly interlock: InterlockView;
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
  /** Whether its author may override the interlock; left out, they may. Automation (`rule`) never may. */
  readonly overrides?: boolean;
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
  /** What the interlock has against it; where the journal bears no override, it must not be sent. */
  readonly findings: readonly Finding[];
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
  const changed: { ref: ResourceRef; before: StoredEntry | undefined; after: Resource | undefined }[] = [];
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
  const verdict = judge(changed.map(touchedOf), view.interlock, now);
  for (const scope of verdict.consulted) {
    if (scope !== EVERY_SERVICE)
      expected.set(headKey(checked.env, scope), view.interlock.headRevision(scope));
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
    ...overrideOf(checked, verdict.findings, terms),
  };
  for (const key of terms.consumes ?? []) writes.push({ delete: key });
  writes.push({ put: journalKey(checked.env, checked.id), value: JSON.stringify(journal) });
  refuseOversize(writes, expected.size + (terms.fence === undefined ? 1 : 2));
  return {
    id: checked.id,
    env: checked.env,
    journal,
    expected,
    fence: terms.fence,
    guardKey,
    writes,
    findings: verdict.findings,
    diffs: () =>
      changed.map(({ ref, before, after }) =>
        diffResource(ref, bodyOf(before), after as DiffBody | undefined),
      ),
  };
}

/** Read when a rule asks for it: most edits concern none. */
const touchedOf = (one: {
  readonly ref: ResourceRef;
  readonly before: StoredEntry | undefined;
  readonly after: Resource | undefined;
}): Touched => ({
  ref: one.ref,
  get before() {
    const read = one.before && readResource(one.ref.kind, one.before);
    return read?.ok === true ? read.value : undefined;
  },
  after: one.after,
});

/** An override that broke nothing is none. */
function overrideOf(
  request: ValidRequest,
  findings: readonly Finding[],
  terms: PublishTerms,
): Pick<Journal, "override"> {
  const allowed = terms.overrides !== false && request.author.kind !== "rule";
  if (request.override === undefined || findings.length === 0 || !allowed) return {};
  return { override: { broke: sentencesOf(findings), reason: request.override.reason } };
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

function refuseOversize(writes: readonly Write[], compares: number): void {
  if (writes.length > LIMITS.operations) {
    throw new DomainError(
      "TOO_LARGE",
      `The change set needs ${writes.length} writes; one transaction holds ${LIMITS.operations}. Split it.`,
    );
  }
  if (compares > LIMITS.operations) {
    throw new DomainError(
      "TOO_LARGE",
      `The change set rests on ${compares} keys with the services that the interlock looked at; one transaction compares ${LIMITS.operations}. Split it.`,
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

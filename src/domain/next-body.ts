import {
  describeIssues,
  editableMeta,
  formatRef,
  LIMITS,
  parseResourceStrict,
  type Resource,
  type ResourceMeta,
  SCHEMA_VERSIONS,
} from "@leverframe/agent/protocol";
import { findFault } from "@leverframe/agent/rules";
import * as z from "zod";
import type { ChangeSetRequest, EditRequest } from "./change-set-request.ts";
import { DomainError } from "./errors.ts";
import { jsonSchemaFault } from "./json-schema.ts";
import { bodyOf, isRecord } from "./stored-body.ts";
import type { StoredEntry } from "./stored-entry.ts";

/** What an edit makes of a lever: checked as a whole, and as it will be stored. Throws INVALID or TOO_LARGE. */
export function nextBody(
  request: ChangeSetRequest,
  edit: EditRequest,
  current: StoredEntry | undefined,
  now: Date,
): { text: string; body: Resource } {
  const old = bodyOf(current);
  refuseOpenSecret(edit, old);
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
    refuseMisfit(edit, body);
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

/** A config is what its JSON Schema asks, on whatever way it comes; other kinds have schemas of their own. */
function refuseMisfit(edit: EditRequest, body: Resource): void {
  if (body.meta.jsonSchema === undefined) return;
  const fault =
    edit.kind === "config"
      ? jsonSchemaFault(body)
      : `meta.jsonSchema: a ${edit.kind} has a schema of its own: leave it out.`;
  if (fault !== undefined) throw new DomainError("INVALID", `${formatRef(edit)}: ${fault}`);
}

/** A value that was closed is never replaced in the clear by an oversight, and none is stored that asked to be closed. */
function refuseOpenSecret(edit: EditRequest, old: Record<string, unknown> | undefined): void {
  const name = formatRef(edit);
  if (edit.secret === true) {
    throw new DomainError(
      "INVALID",
      `${name}: nothing here can close a secret: publish it through the console.`,
    );
  }
  const wasSecret = isRecord(old?.["spec"]) && old["spec"]["secret"] !== undefined;
  if (wasSecret && isRecord(edit.spec) && edit.spec["secret"] === undefined) {
    throw new DomainError(
      "INVALID",
      `${name} is secret: send the new value as secret too (--secret), or delete it first.`,
    );
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
  // null is an answer: what was made for a time is deleted at its end.
  const restore = (wanted.restore === undefined ? (before ?? null) : wanted.restore) as NonNullable<
    ResourceMeta["expiry"]
  >["restore"];
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

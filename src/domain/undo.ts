import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  describeIssues,
  type EditableMeta,
  editableMeta,
  formatRef,
  type JournalEdit,
  type Kind,
  parseResourceLenient,
  type ResourceRef,
  upcastResource,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import type { EditRequest } from "./change-set-request.ts";
import { DomainError } from "./errors.ts";
import { isRecord } from "./stored-body.ts";

/** What an author made of a lever; the bookkeeping that a publish writes is left out. */
export interface Standing {
  readonly spec: unknown;
  readonly rollout?: unknown;
  readonly meta: EditableMeta;
  readonly expiry?: NonNullable<EditRequest["expiry"]>;
}

const EDITABLE = editableMeta.keyof().options;

/**
 * What a stored body means at a moment: lifted to the newest schema, and an expiry that is past resolved to what it
 * restores; undefined where there was no lever, or its time is over and there was none before it. Throws INVALID for a
 * body that agents would hold: there is nothing to go back to.
 */
export function standingOf(
  ref: ResourceRef,
  body: Readonly<Record<string, unknown>> | undefined,
  now: Date,
): Standing | undefined {
  if (body === undefined) return undefined;
  const first = lenient(ref, body);
  const { expiry } = first.meta;
  const over = expiry !== undefined && Date.parse(expiry.at) <= now.getTime();
  if (over && expiry.restore === null) return undefined;
  const resource = over ? lenient(ref, { ...body, spec: expiry.restore }) : first;
  const meta = Object.fromEntries(
    EDITABLE.flatMap((key) => (resource.meta[key] === undefined ? [] : [[key, resource.meta[key]]])),
  ) as EditableMeta;
  return {
    spec: resource.spec,
    ...(resource.rollout === undefined ? {} : { rollout: resource.rollout }),
    meta,
    ...(expiry === undefined || over
      ? {}
      : {
          expiry: { at: expiry.at, restore: lifted(ref.kind, body, expiry.restore) as z.core.util.JSONType },
        }),
  };
}

function lenient(ref: ResourceRef, body: Readonly<Record<string, unknown>>) {
  try {
    return parseResourceLenient(ref.kind, body);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new DomainError(
      "INVALID",
      `${formatRef(ref)}: what stood there was not valid (${describeIssues(error)}): there is nothing to go back to.`,
    );
  }
}

/** A spec that was stored beside a body, in that body's schema. */
function lifted(kind: Kind, body: Readonly<Record<string, unknown>>, spec: unknown): unknown {
  const up = upcastResource(kind, { schema: body["schema"], spec });
  return isRecord(up) ? up["spec"] : spec;
}

/** Whether two standings are the same to whoever wrote them. */
export const sameStanding = (a: object | undefined, b: object | undefined): boolean =>
  isDeepStrictEqual(plain(a), plain(b));

const plain = (standing: object | undefined): unknown =>
  standing === undefined ? undefined : JSON.parse(JSON.stringify(standing));

/** The edit that makes a lever stand so again; undefined where it is not there, and is not to be. */
export function editTo(
  ref: ResourceRef,
  standing: Standing | undefined,
  baseRevision: number,
): EditRequest | undefined {
  const { service, kind, name } = ref;
  if (standing === undefined) {
    return baseRevision === 0 ? undefined : { service, kind, name, op: "delete", baseRevision };
  }
  const { spec, rollout, meta, expiry } = standing;
  return {
    service,
    kind,
    name,
    op: "put",
    spec,
    ...(rollout === undefined ? {} : { rollout }),
    meta,
    ...(expiry === undefined ? {} : { expiry }),
    baseRevision,
  };
}

/** What an edit of a change set left behind: the revision that the lever must still have for an undo. */
export const leftAt = (edit: JournalEdit, revision: number): number => (edit.op === "delete" ? 0 : revision);

/** A restore in as many change sets as it needs, each within the limits of one transaction. */
const EDITS_IN_PART = 96;
const BYTES_IN_PART = 900 * 1024;
/** Keys, bookkeeping and what a journal says of each edit; measured at under 900, rounded up. */
const BYTES_BESIDE_BODY = 1_200;

/** Parts of edits: levers of every service first and by themselves, then services in their order, kept together. */
export function partsOf(edits: readonly EditRequest[]): EditRequest[][] {
  const parts: EditRequest[][] = [];
  let bytes = 0;
  let scopes = new Set<string>();
  for (const edit of edits.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))) {
    const size = sizeOf(edit);
    const last = parts.at(-1);
    const full =
      last === undefined ||
      last.length + new Set([...scopes, edit.service]).size > EDITS_IN_PART ||
      bytes + size > BYTES_IN_PART ||
      (scopes.has("*") && edit.service !== "*");
    if (full) {
      parts.push([edit]);
      bytes = size;
      scopes = new Set([edit.service]);
    } else {
      last.push(edit);
      bytes += size;
      scopes.add(edit.service);
    }
  }
  return parts;
}

// "*" sorts before every letter.
const placeOf = (edit: EditRequest): string => formatRef(edit);

const sizeOf = (edit: EditRequest): number =>
  2 * Buffer.byteLength(JSON.stringify({ ...edit, expiry: edit.expiry })) + BYTES_BESIDE_BODY;

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * The id of one part of a group: a ULID of the group's time, the rest told by what the part edits and what it saw. The
 * same part has the same id however often it is sent, and another part never has it.
 */
export function partId(groupId: string, edits: readonly EditRequest[]): string {
  const seen = edits.map((edit) => `${formatRef(edit)}@${edit.baseRevision}${edit.op}`).join("\n");
  const bytes = hash("sha256", `${groupId}\n${seen}`, "buffer");
  const random = [...bytes.subarray(0, 16)].map((byte) => CROCKFORD[byte % 32]).join("");
  return `${groupId.slice(0, 10)}${random}`;
}

import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import {
  DEFAULT_BREAKER,
  EVERY_SERVICE,
  formatRef,
  type Kind,
  LIMITS,
  parseRef,
  type ResourceRef,
  resourceRef,
} from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import * as z from "zod";
import type { EditRequest } from "../domain/change-set-request.ts";
import { DomainError } from "../domain/errors.ts";
import type { LeverRow } from "../domain/levers.ts";
import { documentOf, findLever, receipts } from "./read-commands.ts";
import { EXIT, type Session } from "./session.ts";
import { refusalLines } from "./text.ts";

/** Options of every command that writes. */
export interface WriteOptions {
  readonly reason: string;
  readonly dryRun: boolean;
  /** Seconds to wait for every instance's proof. */
  readonly wait: number;
  readonly id?: string | undefined;
  /** Why the interlock is to be broken. */
  readonly override?: string | undefined;
  /** When the edits end by themselves: an ISO 8601 time. */
  readonly until?: string | undefined;
  /** When to publish: an ISO 8601 time; now if left out. */
  readonly at?: string | undefined;
}

async function send(
  session: Session,
  edits: readonly EditRequest[],
  options: WriteOptions,
  groupId?: string,
): Promise<number> {
  if (edits.length === 0) {
    session.print({ changed: false }, () => ["Nothing differs: nothing was published."]);
    return EXIT.ok;
  }
  const request = {
    env: session.env,
    id: options.id ?? ulid(),
    ...(groupId === undefined ? {} : { groupId }),
    reason: options.reason,
    ...(options.override === undefined ? {} : { override: { reason: options.override } }),
    edits: edits.map((edit) => ending(edit, options.until)),
  };
  if (options.dryRun) {
    const dry = await session.levers.dryRun(request);
    session.print(dry, () => [
      ...dry.sentences,
      ...refusalLines(dry.refusals),
      "Nothing was published (--dry-run).",
    ]);
    return EXIT.ok;
  }
  const { at } = options;
  if (at !== undefined) {
    const planned = await session.levers.schedule(at, request);
    session.print({ ...planned, at }, () => [
      ...planned.sentences,
      ...refusalLines(planned.refusals),
      `Will be published at ${at} as ${request.id}, if nobody changes these levers before (leverframe schedule list).`,
    ]);
    return EXIT.ok;
  }
  const published = await session.levers.publish(request);
  session.print(published, () => [
    ...published.sentences,
    `Committed at r${published.revision} as ${published.changeSetId}${published.repeated ? " (by an earlier attempt)" : ""}.`,
  ]);
  return options.wait > 0 ? receipts(session, published.changeSetId, options.wait) : EXIT.ok;
}

/** A deletion has nothing that could end. */
const ending = (edit: EditRequest, until: string | undefined): EditRequest =>
  until === undefined || edit.op === "delete" ? edit : { ...edit, expiry: { at: until } };

/** `flip REF [POSITION]`: moves a switch; to the other position where none is named. */
export async function flip(
  session: Session,
  text: string,
  position: string | undefined,
  options: WriteOptions,
): Promise<number> {
  const row = await existing(session, text);
  if (row.kind !== "switch")
    throw new DomainError("INVALID", `${text} is not a switch: only switches have a position.`);
  const spec = row.resource?.spec as { position: string };
  const next = position?.toUpperCase() ?? (spec.position === "NORMAL" ? "DEGRADED" : "NORMAL");
  if (next === spec.position) return send(session, [], options);
  return send(session, [editOf(row, { ...documentOf(row), spec: { ...spec, position: next } })], options);
}

/** `set REF key=value …` or `set REF --file F`: changes single fields, or the whole spec. */
export async function set(
  session: Session,
  text: string,
  pairs: readonly string[],
  options: WriteOptions & {
    readonly file?: string | undefined;
    readonly delete: boolean;
    readonly secret: boolean;
  },
): Promise<number> {
  const ref = parseRef(text);
  const row = await findLever(session, text);
  if (options.delete) {
    if (row === undefined) throw new DomainError("NOT_FOUND", `There is no ${text} in ${session.env}.`);
    return send(session, [{ ...ref, op: "delete", baseRevision: row.revision }], options);
  }
  const given = options.file === undefined ? merged(ref.kind, row, pairs) : await readJson(options.file);
  const spec = options.secret ? withoutSealed(given) : given;
  const kept = row?.resource === undefined ? undefined : documentOf(row);
  const document = { rollout: kept?.rollout, meta: kept?.meta, spec };
  const edit = editOf({ ...ref, revision: row?.revision ?? 0 }, document);
  return send(session, [options.secret ? { ...edit, secret: true } : edit], options);
}

const applied = z.object({
  env: z.string().optional(),
  levers: z
    .array(
      resourceRef.extend({
        spec: z.unknown(),
        rollout: z.unknown().optional(),
        meta: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .min(1),
});

/** `apply FILE` and `diff FILE`: makes the levers that the file names as the file says; others are left alone. */
export async function apply(session: Session, file: string, options: WriteOptions): Promise<number> {
  const document = applied.safeParse(await readJson(file));
  if (!document.success) throw new DomainError("INVALID", `${file}: ${z.prettifyError(document.error)}`);
  const { levers } = await session.levers.board(session.env, {});
  const standing = new Map(levers.map((row) => [formatRef(row), row]));
  const edits = document.data.levers.flatMap((lever) => {
    const row = standing.get(formatRef(lever));
    if (row?.resource !== undefined && isDeepStrictEqual(withoutEmpty(documentOf(row)), withoutEmpty(lever)))
      return [];
    return [editOf({ ...lever, revision: row?.revision ?? 0 }, lever)];
  });
  return sendInParts(session, edits, options);
}

/** What one transaction holds, its heads and journal not counted; far below etcd's own limits. */
const EDITS_IN_ONE = 100;
/** A body counts twice, in its key and in the journal, where it is escaped once more. */
const BYTES_IN_ONE = LIMITS.requestBytes / 4;

/**
 * A file may name levers of every service beside those of single ones, or more than one transaction holds: then it is
 * several change sets, one after the other, under one group. Stops at the first that is refused.
 */
export async function sendInParts(
  session: Session,
  edits: readonly EditRequest[],
  options: WriteOptions,
): Promise<number> {
  const parts: EditRequest[][] = [];
  for (const scope of [true, false]) {
    const same = edits.filter((edit) => (edit.service === EVERY_SERVICE) === scope);
    parts.push(...partsOf(same));
  }
  if (parts.length <= 1) return send(session, edits, options);
  if (options.id !== undefined) {
    throw new DomainError("INVALID", `This file makes ${parts.length} change sets: leave --id out.`);
  }
  const groupId = ulid();
  let code: number = EXIT.ok;
  for (const part of parts) code = Math.max(code, await send(session, part, options, groupId));
  return code;
}

function partsOf(edits: readonly EditRequest[]): EditRequest[][] {
  const parts: EditRequest[][] = [];
  let bytes = 0;
  for (const edit of edits) {
    const size = Buffer.byteLength(JSON.stringify(edit));
    const last = parts.at(-1);
    if (last === undefined || last.length >= EDITS_IN_ONE || bytes + size > BYTES_IN_ONE) {
      parts.push([edit]);
      bytes = size;
    } else {
      last.push(edit);
      bytes += size;
    }
  }
  return parts;
}

const withoutEmpty = (value: object): unknown => JSON.parse(JSON.stringify(value));

function editOf(
  at: ResourceRef & { readonly revision: number },
  document: { readonly spec?: unknown; readonly rollout?: unknown; readonly meta?: unknown },
): EditRequest {
  const { service, kind, name } = at;
  return {
    service,
    kind,
    name,
    op: "put",
    spec: document.spec,
    ...(document.rollout === undefined ? {} : { rollout: document.rollout }),
    ...(document.meta === undefined ? {} : { meta: document.meta }),
    baseRevision: at.revision,
  } as EditRequest;
}

async function existing(session: Session, text: string): Promise<LeverRow> {
  const row = await findLever(session, text);
  if (row === undefined)
    throw new DomainError(
      "NOT_FOUND",
      `There is no ${text} in ${session.env}. Make it: leverframe set ${text} …`,
    );
  return row;
}

function merged(kind: Kind, row: LeverRow | undefined, pairs: readonly string[]): Record<string, unknown> {
  if (pairs.length === 0)
    throw new DomainError("INVALID", "Give key=value pairs, or --file with a whole spec.");
  const start: Record<string, unknown> = {
    ...(row?.resource?.spec ?? (kind === "breaker" ? DEFAULT_BREAKER : {})),
  };
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) throw new DomainError("INVALID", `"${pair}" is not key=value.`);
    start[pair.slice(0, at)] = valueOf(pair.slice(at + 1));
  }
  return start;
}

/** A new value takes the place of the closed one. */
function withoutSealed(spec: unknown): unknown {
  if (typeof spec !== "object" || spec === null) return spec;
  return Object.fromEntries(Object.entries(spec).filter(([field]) => field !== "secret"));
}

/** A value as JSON where it is JSON (30, true, {"a":1}), else as text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    const text = file === "-" ? await readStandardInput() : await readFile(file, "utf8");
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DomainError("INVALID", `${file}: ${(error as Error).message}`);
  }
}

async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

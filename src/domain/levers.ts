import {
  type Author,
  EVERY_SERVICE,
  headKey,
  type Kind,
  parseKey,
  type Resource,
  type ResourceMeta,
  type ResourceRef,
} from "@leverframe/agent/protocol";
import { type Convergence, type ConvergenceSummary, computeConvergence } from "./convergence.ts";
import { type EnvironmentState, readHead, readResource } from "./environment-state.ts";
import { bodyOf } from "./stored-body.ts";
import type { StoredEntry } from "./stored-entry.ts";
import type { TargetIndex } from "./targets.ts";

/** A lever as operators see it in a list. */
export interface LeverRow {
  readonly service: string;
  readonly kind: Kind;
  readonly name: string;
  readonly revision: number;
  readonly version: number;
  /** Undefined where the stored body is not valid: see `fault`. */
  readonly resource?: Resource;
  /** Why agents hold this body. */
  readonly fault?: string;
  readonly changeSetId: string;
  readonly updatedAt: string;
  readonly reason: string;
  readonly author?: Author;
  /** Written by somebody past us: no head of ours bears its change set. */
  readonly unattributed: boolean;
  readonly convergence: ConvergenceSummary;
  readonly readers: { readonly declared: number; readonly of: number; readonly decisions: number };
}

/** What the journal adds to a lever's last change. */
export interface ChangeNote {
  readonly revision: number;
  readonly targetCount: Readonly<Record<string, number>>;
}

/** Remembered journals and timings; either may know nothing. */
export interface ChangeMemory {
  note(changeSetId: string): ChangeNote | undefined;
  timings(changeSetId: string): ReadonlyMap<string, number> | undefined;
}

export const forgetful: ChangeMemory = { note: () => undefined, timings: () => undefined };

export interface LeverFilter {
  readonly service?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly name?: string | undefined;
}

/** The levers of a state that a filter lets through, in the order of their keys. Pure. */
export function leverRows(
  state: EnvironmentState,
  index: TargetIndex,
  memory: ChangeMemory,
  filter: LeverFilter = {},
): LeverRow[] {
  const rows: LeverRow[] = [];
  for (const entry of state.live.values()) {
    const place = parseKey(entry.key);
    if (place.at !== "live") continue;
    if (filter.service !== undefined && place.service !== filter.service) continue;
    if (filter.kind !== undefined && place.kind !== filter.kind) continue;
    if (filter.name !== undefined && place.name !== filter.name) continue;
    rows.push(leverRow(state, entry, place, index, memory));
  }
  return rows.sort((a, b) => (leverOrder(a) < leverOrder(b) ? -1 : 1));
}

const leverOrder = (row: LeverRow): string => `${row.service} ${row.kind} ${row.name}`;

/** One lever with its proof: how its last change stands, and who reads it. */
export function leverRow(
  state: EnvironmentState,
  entry: StoredEntry,
  ref: ResourceRef,
  index: TargetIndex,
  memory: ChangeMemory,
): LeverRow {
  const parsed = readResource(ref.kind, entry);
  const resource = parsed.ok ? parsed.value : undefined;
  const meta = resource?.meta ?? looseMeta(entry);
  const id = meta?.changeSetId ?? "";
  const note = memory.note(id);
  return {
    service: ref.service,
    kind: ref.kind,
    name: ref.name,
    revision: entry.modRevision,
    version: meta?.version ?? 0,
    ...(resource === undefined ? {} : { resource }),
    ...(parsed.ok ? {} : { fault: parsed.fault }),
    changeSetId: id,
    updatedAt: meta?.updatedAt ?? "",
    reason: meta?.reason ?? "",
    ...(meta?.author === undefined ? {} : { author: meta.author }),
    unattributed: id === "" || (note !== undefined && note.revision !== entry.modRevision),
    convergence: summaryOf(state, entry, ref, index, memory, id),
    readers: index.readers(ref.service, ref.kind, ref.name),
  };
}

function summaryOf(...look: Parameters<typeof leverConvergence>): ConvergenceSummary {
  const { reports: _, ...summary } = leverConvergence(...look);
  return summary;
}

/** How a lever's present body stands at each instance; works for one that was written past us, too. */
export function leverConvergence(
  state: EnvironmentState,
  entry: StoredEntry,
  ref: ResourceRef,
  index: TargetIndex,
  memory: ChangeMemory,
  id: string,
): Convergence {
  return computeConvergence({
    change: {
      changeSetId: id,
      revision: entry.modRevision,
      refs: [{ service: ref.service, kind: ref.kind, name: ref.name }],
      targetCount: memory.note(id)?.targetCount,
    },
    targets: index.of(ref.service),
    foreign: index.foreign(ref.service),
    epoch: epochOf(state),
    timings: memory.timings(id),
  });
}

/** The life of the data that this state belongs to; undefined where no head of every service stands. */
export function epochOf(state: EnvironmentState): string | undefined {
  const entry = state.live.get(headKey(state.env, EVERY_SERVICE));
  const head = entry && readHead(entry);
  return head?.ok === true ? head.value.epoch : undefined;
}

/** What can still be said of a body that is not valid. */
function looseMeta(entry: StoredEntry): Partial<ResourceMeta> | undefined {
  const meta = bodyOf(entry)?.["meta"];
  if (typeof meta !== "object" || meta === null) return undefined;
  const { version, changeSetId, updatedAt, reason } = meta as Record<string, unknown>;
  return {
    ...(typeof version === "number" ? { version } : {}),
    ...(typeof changeSetId === "string" ? { changeSetId } : {}),
    ...(typeof updatedAt === "string" ? { updatedAt } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
  };
}

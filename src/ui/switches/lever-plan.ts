import type { ResourceMeta, SwitchSpec } from "@leverframe/agent/protocol";
import type { EditInput } from "../api/contract.ts";
import { localMoment, NO_END, type Until, untilAt, untilFault } from "../publish/until.ts";
import { type Base, changesBetween, type Draft, type DraftSpec, specOf } from "./draft.ts";
import type { ShareDraft } from "./share-draft.ts";
import { rolloutOf } from "./share-draft.ts";
import type { SwitchRow } from "./switch-row.ts";

type Expiry = NonNullable<ResourceMeta["expiry"]>;

/** What a draft would make of a lever. */
export interface LeverPlan {
  /** The spec that was drafted: the stable one, or with a share the candidate. */
  readonly spec: DraftSpec;
  readonly share: ShareDraft | undefined;
  readonly until: Until;
  /** What comes back when it ends by itself; undefined where it can't end. */
  readonly restores: SwitchSpec | null | undefined;
  readonly changed: boolean;
}

/** Whether two ends mean the same: what a field holds of a moment counts only where it is chosen. */
export const sameUntil = (a: Until, b: Until): boolean =>
  a.choice === b.choice && (a.choice !== "custom" || a.at === b.at);

/** The end that a draft has before anybody chooses one. */
export const usualUntil = (row: SwitchRow, moves: boolean): Until =>
  moves ? NO_END : armedUntil(row.expiry);

/** The end that a lever is armed with, as its field shows it. */
export const armedUntil = (expiry: Expiry | undefined): Until =>
  expiry === undefined ? NO_END : { choice: "custom", at: localMoment(Date.parse(expiry.at)) };

/**
 * Reads a draft. A share is for a lever that is pulled down and has no rollout yet; the rest of the draft is then its
 * candidate. An end that a lever is armed with stays unless its position moves, or another is chosen. Pure.
 */
export function planOf(row: SwitchRow, base: Base, draft: Draft): LeverPlan {
  const spec = specOf(draft.edits, base.spec);
  const changes = spec.ok ? changesBetween(base.spec, spec.spec) : [];
  const moves = changes.some(({ key }) => key === "position");
  const mayShare = moves && spec.ok && spec.spec.position === "DEGRADED" && row.rollout === undefined;
  const share = mayShare ? draft.share : undefined;
  const armed = armedUntil(row.expiry);
  const until = share === undefined ? (draft.until ?? usualUntil(row, moves)) : NO_END;
  return {
    spec,
    share,
    until,
    restores: share === undefined ? restoresOf(row, base, spec) : undefined,
    changed: spec.ok && (row.fault !== undefined || changes.length > 0 || !sameUntil(until, armed)),
  };
}

/** What it would go back to: as it was armed, else what stands, else, for one that is down already, NORMAL. */
function restoresOf(row: SwitchRow, base: Base, spec: DraftSpec): SwitchSpec | null | undefined {
  if (row.expiry !== undefined) return row.expiry.restore as SwitchSpec | null;
  if (!spec.ok) return undefined;
  if (changesBetween(base.spec, spec.spec).length > 0) return base.spec;
  return base.spec.position === "DEGRADED" ? { ...base.spec, position: "NORMAL" } : undefined;
}

/** Whether there is anything to end: a lever that is or will be other than what it goes back to. */
export const mayEnd = ({ share, restores, spec, until }: LeverPlan): boolean =>
  share === undefined &&
  restores !== undefined &&
  spec.ok &&
  (spec.spec.position === "DEGRADED" || until.choice !== "none");

/** What is wrong with the times of a draft; undefined when it can be sent. Pure. */
export function timeFault(plan: LeverPlan, row: SwitchRow, at: string | undefined, nowMs: number): boolean {
  const startMs = at === undefined ? nowMs : Date.parse(at);
  if (at !== undefined && !(startMs > nowMs)) return true;
  const kept = sameUntil(plan.until, armedUntil(row.expiry));
  return !kept && untilFault(plan.until, startMs) !== undefined;
}

/** The edit that a draft sends: what is not drafted goes as it stands, since a change set replaces a body whole. Pure. */
export function editOf(row: SwitchRow, base: Base, plan: LeverPlan, startMs: number): EditInput | undefined {
  if (!plan.spec.ok) return undefined;
  const { service, kind, name } = row;
  const rest = { service, kind, name, op: "put" as const, baseRevision: base.revision };
  if (plan.share !== undefined) {
    return { ...rest, spec: base.spec, rollout: rolloutOf(plan.share, plan.spec.spec) };
  }
  const kept = row.expiry !== undefined && sameUntil(plan.until, armedUntil(row.expiry));
  const at = kept ? row.expiry?.at : untilAt(plan.until, startMs);
  return {
    ...rest,
    spec: plan.spec.spec,
    ...(row.rollout === undefined ? {} : { rollout: row.rollout }),
    ...(at === undefined || plan.restores === undefined
      ? {}
      : { expiry: { at, restore: jsonOf(plan.restores) } }),
  };
}

type Json = NonNullable<EditInput["expiry"]>["restore"];

/** As it is sent: without the fields that are undefined. */
const jsonOf = (spec: SwitchSpec | null): Json => JSON.parse(JSON.stringify(spec)) as Json;

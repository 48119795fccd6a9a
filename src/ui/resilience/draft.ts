import { formatRef, type LeverRef } from "../api/ref.ts";
import { localMoment, NO_END, type Until } from "../publish/until.ts";
import { type Edits, sameSpec, specFrom, withoutEqual } from "./field-text.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";

/** What its author saw when the first field was changed; what publishing compares with. Revision 0: there was none. */
export interface Base {
  readonly revision: number;
  readonly spec: Spec;
}

/** What a lever does for a while, and goes back from. */
export interface Armed {
  readonly at: string;
  /** null: the lever is deleted. */
  readonly restore: unknown;
}

/** What was typed into a lever's form and not published. Plain JSON: it outlives page, session and server. */
export interface Draft {
  readonly base?: Base | undefined;
  readonly edits: Edits;
  readonly reason: string;
  /** How long it holds, once chosen. */
  readonly until?: Until | undefined;
  readonly description?: string | undefined;
  readonly owner?: string | undefined;
  /** Id of the change set that was sent and not answered: a retry bears the same. */
  readonly sentId?: string | undefined;
}

export const EMPTY_DRAFT: Draft = { edits: {}, reason: "" };

export const isBlank = (draft: Draft): boolean =>
  Object.keys(draft.edits).length === 0 &&
  draft.reason === "" &&
  draft.until === undefined &&
  draft.sentId === undefined &&
  !draft.description &&
  !draft.owner;

export const draftName = (env: string, ref: LeverRef): string => `${env}/${formatRef(ref)}`;

/** Takes what was typed. The base is the live state at the first edit and stays, so that others' changes show as a conflict. */
export function edit(kind: ResilienceKind, draft: Draft, live: Base, typed: Edits): Draft {
  const base = draft.base ?? live;
  const edits = withoutEqual(kind, base.spec, { ...draft.edits, ...typed });
  const untouched = Object.keys(edits).length === 0 && draft.until === undefined;
  return { ...draft, base: untouched ? undefined : base, edits, sentId: undefined };
}

/** The same with how long it holds. */
export const holdUntil = (draft: Draft, live: Base, until: Until): Draft => ({
  ...draft,
  base: draft.base ?? live,
  until,
  sentId: undefined,
});

/** The same edits over another state: a merge by field, which the author then reviews. */
export const rebase = (kind: ResilienceKind, draft: Draft, onto: Base): Draft => ({
  ...edit(kind, { ...draft, base: undefined, sentId: undefined }, onto, draft.edits),
  base: onto,
});

/** Modes that switch the breaker's own judgement off: somebody has to come back from them. */
const FORCED: ReadonlySet<unknown> = new Set(["FORCED_OPEN", "DISABLED"]);

/** How long a change holds where nobody chose: what is forced ends within the hour, and what ends already keeps its end. */
export function usualUntil(base: Spec, planned: Spec, armed: Armed | undefined): Until {
  if (planned["mode"] !== base["mode"]) {
    return FORCED.has(planned["mode"]) ? { choice: "1h", at: "" } : NO_END;
  }
  return armed === undefined ? NO_END : { choice: "custom", at: localMoment(Date.parse(armed.at)) };
}

/** The end as it is sent; the one that stands is sent back to the millisecond. Pure. */
export const sameMoment = (until: Until, armed: Armed | undefined): boolean =>
  armed !== undefined && until.choice === "custom" && until.at === localMoment(Date.parse(armed.at));

/** Whether there is anything to publish. */
export function isChanged(kind: ResilienceKind, draft: Draft, base: Base, armed: Armed | undefined): boolean {
  if (base.revision === 0) return true;
  if (!sameSpec(specFrom(kind, base.spec, draft.edits), base.spec)) return true;
  if (draft.until === undefined) return false;
  return armed === undefined ? draft.until.choice !== "none" : !sameMoment(draft.until, armed);
}

import type { Moment, RestoreInput } from "../api/contract.ts";

/** A restore that was begun: what makes sending it again the same. */
export interface Begun {
  readonly groupId: string;
  readonly seen: RestoreInput["seen"];
  readonly changeSets: number;
  readonly moment: Moment;
  readonly service: string;
}

export interface RestoreDraft {
  /** Empty: the whole environment. */
  readonly service: string;
  readonly by: "time" | "revision";
  /** As typed, in the reader's own time zone: `2026-11-23T03:00`. */
  readonly at: string;
  /** As typed. */
  readonly revision: string;
  readonly reason: string;
  readonly override: string;
  readonly typedName: string;
  readonly begun?: Begun;
}

export const EMPTY_RESTORE: RestoreDraft = {
  service: "",
  by: "time",
  at: "",
  revision: "",
  reason: "",
  override: "",
  typedName: "",
};

export const isBlankRestore = (draft: RestoreDraft): boolean =>
  draft.begun === undefined &&
  [draft.at, draft.revision, draft.reason, draft.override, draft.typedName].every((text) => text === "");

/** The moment that was typed; undefined while it is none. Pure. */
export function momentOf(draft: Pick<RestoreDraft, "by" | "at" | "revision">): Moment | undefined {
  if (draft.by === "revision") {
    const [, digits] = /^r?(\d{1,15})$/.exec(draft.revision.trim()) ?? [];
    const revision = Number(digits);
    return digits !== undefined && revision >= 1 ? { revision } : undefined;
  }
  const at = new Date(draft.at);
  return draft.at === "" || Number.isNaN(at.getTime()) ? undefined : { at: at.toISOString() };
}

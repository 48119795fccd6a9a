import type { SwitchSpec } from "@leverframe/agent/protocol";
import type { Until } from "../publish/until.ts";
import { audienceOf, type TypedConstraint, typedOf } from "./audience.ts";
import { readJson, sameValue, writeJson } from "./json.ts";
import type { ShareDraft } from "./share-draft.ts";

/** What its author saw when the first key was changed; what publishing compares with. */
export interface Base {
  readonly revision: number;
  readonly spec: SwitchSpec;
}

/** Keys as typed; a key left out is as in the base. */
export interface SpecEdits {
  readonly position?: SwitchSpec["position"];
  readonly level?: SwitchSpec["level"];
  readonly strategy?: SwitchSpec["strategy"];
  readonly payloadText?: string;
  readonly audience?: readonly TypedConstraint[];
}

/** What was typed into a lever's sheet and not published. Plain JSON: it outlives page, session and server. */
export interface Draft {
  readonly base?: Base | undefined;
  readonly edits: SpecEdits;
  readonly reason: string;
  readonly typedName: string;
  /** How long it holds; left out: as the lever is armed, and without an end once its position moves. */
  readonly until?: Until | undefined;
  /** When it is to happen, as the browser's own field writes a moment; left out for at once. */
  readonly at?: string | undefined;
  /** A pull for a share only. */
  readonly share?: ShareDraft | undefined;
  /** Id of the change set that was sent and not answered: a retry bears the same. */
  readonly sentId?: string | undefined;
}

export const EMPTY_DRAFT: Draft = { edits: {}, reason: "", typedName: "" };

export const isBlank = (draft: Draft): boolean =>
  Object.keys(draft.edits).length === 0 &&
  draft.reason === "" &&
  draft.until === undefined &&
  draft.at === undefined &&
  draft.sentId === undefined;

/**
 * Takes what was typed. The base is the live state at the first edit and stays, so that a pull by somebody else
 * shows as a conflict; with the last edit taken back it goes, and the draft follows the live state again.
 */
export function edit(draft: Draft, live: Base, typed: SpecEdits): Draft {
  const base = draft.base ?? live;
  const edits = withoutEqual({ ...draft.edits, ...typed }, base.spec);
  const holds = Object.keys(edits).length > 0 || draft.until !== undefined;
  return { ...draft, base: holds ? base : undefined, edits, sentId: undefined };
}

/** Takes when it begins, when it ends, and for how many; an end is an edit of its own, and has a base. */
export function term(draft: Draft, live: Base, typed: Partial<Pick<Draft, "until" | "at" | "share">>): Draft {
  return edit({ ...draft, ...typed }, live, {});
}

/** The same edits over another state: what the author then reviews and publishes anew. */
export function rebase(draft: Draft, onto: Base): Draft {
  return edit({ ...draft, base: undefined, sentId: undefined }, onto, draft.edits);
}

export type DraftSpec =
  | { readonly ok: true; readonly spec: SwitchSpec }
  | { readonly ok: false; readonly field: "payload"; readonly detail: string };

/** The spec that the draft would publish. Keys that the sheet does not edit are kept from the base. */
export function specOf(edits: SpecEdits, base: SwitchSpec): DraftSpec {
  const { payloadText, audience, ...others } = edits;
  const { audience: standing, ...bare } = base;
  const meant = audience === undefined ? standing : audienceOf(audience);
  const plain = { ...bare, ...others, ...(meant === undefined ? {} : { audience: meant }) };
  if (payloadText === undefined) return { ok: true, spec: plain };
  const payload = readJson(payloadText);
  if (!payload.ok) return { ok: false, field: "payload", detail: payload.detail };
  const { payload: _, ...rest } = plain;
  return {
    ok: true,
    spec:
      payload.value === undefined
        ? rest
        : { ...rest, payload: payload.value as NonNullable<SwitchSpec["payload"]> },
  };
}

function withoutEqual(edits: SpecEdits, base: SwitchSpec): SpecEdits {
  return Object.fromEntries(
    Object.entries(edits).filter(([key, value]) => {
      // Text is compared as text, or a space typed into equal JSON would vanish under the hand.
      if (key === "payloadText") return value !== writeJson(base.payload);
      if (key === "audience") return !sameValue(value, (base.audience ?? []).map(typedOf));
      return !sameValue(value, base[key as keyof SwitchSpec]);
    }),
  );
}

export const SPEC_KEYS = ["position", "level", "strategy", "payload", "audience"] as const;
export type SpecKey = (typeof SPEC_KEYS)[number];

/** A key that differs between two specs. */
export interface SpecChange {
  readonly key: SpecKey;
  readonly before: unknown;
  readonly after: unknown;
}

/** Keys that differ, position first. Against nothing, every key that is there. */
export const changesBetween = (before: SwitchSpec | undefined, after: SwitchSpec): readonly SpecChange[] =>
  SPEC_KEYS.filter((key) => !sameValue(before?.[key], after[key])).map((key) => ({
    key,
    before: before?.[key],
    after: after[key],
  }));

export type Outcome = "theirs" | "yours" | "agreed" | "contested";

/** One key of a three-way view. `contested`: both changed it, to different values. */
export interface ThreeWay {
  readonly key: SpecKey;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly yours: unknown;
  readonly outcome: Outcome;
}

/** Keys that either side changed. Pure; `theirs` is undefined where they deleted the lever. */
export function threeWay(
  base: SwitchSpec,
  theirs: SwitchSpec | undefined,
  yours: SwitchSpec,
): readonly ThreeWay[] {
  return SPEC_KEYS.flatMap((key): ThreeWay[] => {
    const [was, mine, other] = [base[key], yours[key], theirs?.[key]];
    const byMe = !sameValue(was, mine);
    const byThem = !sameValue(was, other);
    if (!byMe && !byThem) return [];
    const outcome: Outcome = !byMe
      ? "theirs"
      : !byThem
        ? "yours"
        : sameValue(mine, other)
          ? "agreed"
          : "contested";
    return [{ key, base: was, theirs: other, yours: mine, outcome }];
  });
}

/** Under which name a lever's draft is kept. */
export const draftName = (env: string, ref: { service: string; kind: string; name: string }): string =>
  `${env}/${ref.service}/${ref.kind}/${ref.name}`;

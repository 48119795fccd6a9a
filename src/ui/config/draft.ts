import type { ConfigRow, Format } from "./config-row.ts";

/** What its author saw when the first key was touched; what publishing compares with. A secret's value is "". */
export interface Base {
  readonly revision: number;
  readonly format: Format;
  readonly value: string;
}

/** What was typed into a config's editor and not published. Plain JSON: it outlives page, session and server. */
export interface Draft {
  readonly base?: Base | undefined;
  readonly text?: string | undefined;
  readonly format?: Format | undefined;
  readonly reason: string;
  /** When it becomes again what it is now, as the browser's own field writes it; "" for never. */
  readonly until: string;
  /** Id of the change set that was sent and not answered: a retry bears the same. */
  readonly sentId?: string | undefined;
}

export const EMPTY_DRAFT: Draft = { reason: "", until: "" };

export const isBlank = (draft: Draft): boolean =>
  draft.base === undefined && draft.reason === "" && draft.until === "" && draft.sentId === undefined;

export const baseOf = (row: ConfigRow): Base => ({
  revision: row.revision,
  format: row.format,
  value: row.value ?? "",
});

/**
 * Takes what was typed. The base is the live state at the first key and stays, so that a publish by somebody else
 * shows as a conflict; with everything taken back it goes, and the draft follows the live state again.
 */
export function edit(draft: Draft, live: Base, typed: { text?: string; format?: Format }): Draft {
  const base = draft.base ?? live;
  const text = typed.text ?? draft.text;
  const format = typed.format ?? draft.format;
  const keptText = text === base.value ? undefined : text;
  const keptFormat = format === base.format ? undefined : format;
  const changed = keptText !== undefined || keptFormat !== undefined;
  return {
    ...draft,
    base: changed ? base : undefined,
    text: keptText,
    format: keptFormat,
    sentId: undefined,
  };
}

/** The same wish over another state, with `text` where both were merged: what its author then reviews anew. */
export function rebase(draft: Draft, onto: Base, text = draft.text ?? draft.base?.value ?? ""): Draft {
  return edit({ ...draft, base: undefined }, onto, { text, format: draft.format ?? onto.format });
}

/** Under which name a config's draft is kept. */
export const draftName = (env: string, ref: { service: string; name: string }): string =>
  `${env}/${ref.service}/config/${ref.name}`;

const ENCODER = new TextEncoder();
/** What the control plane writes beside the spec: who, why, when. */
const BOOKKEEPING_BYTES = 1_024;

/** Bytes that a body takes in etcd, in UTF-8, with what the control plane writes beside it. */
export const bodyBytes = (format: Format, value: string, rollout: unknown): number =>
  ENCODER.encode(JSON.stringify({ spec: { format, value }, rollout })).length + BOOKKEEPING_BYTES;

/** A moment of the browser's `datetime-local` field as the control plane writes times; undefined for none. */
export function untilOf(field: string): string | undefined {
  const moment = new Date(field);
  return field === "" || Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

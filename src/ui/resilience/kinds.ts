import type { SpecOf } from "@leverframe/agent/protocol";

/** The kinds that are moved here; switches and configs have sections of their own. */
export const KINDS = ["breaker", "retry", "timeout", "limit", "traffic", "degrade", "sampling"] as const;
export type ResilienceKind = (typeof KINDS)[number];

export const isResilienceKind = (kind: string | null): kind is ResilienceKind =>
  KINDS.some((known) => known === kind);

/** A spec as forms take it: fields by name. */
export type Spec = Readonly<Record<string, unknown>>;
export type Mode = SpecOf<"breaker">["mode"];

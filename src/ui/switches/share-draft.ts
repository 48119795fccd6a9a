import type { Rollout, SwitchSpec } from "@leverframe/agent/protocol";

/** A pull for a share only, as it is drafted. Plain JSON. */
export interface ShareDraft {
  /** The rollout's id and salt: it decides who is in, and stays when the share moves. */
  readonly id: string;
  readonly by: "instance" | "context";
  readonly contextKey: string;
  /** 0 to 10,000 basis points. */
  readonly shareBp: number;
}

export const CONTEXT_KEY = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;

export const newShare = (id: string): ShareDraft => ({
  id,
  by: "instance",
  contextKey: "userId",
  shareBp: 1_000,
});

/** The rollout that a share begins: the drafted spec as candidate beside what stands. */
export const rolloutOf = (share: ShareDraft, candidate: SwitchSpec): Rollout<SwitchSpec> => ({
  id: share.id,
  salt: share.id,
  shareBp: share.shareBp,
  stickiness: share.by === "instance" ? "instance" : { contextKey: share.contextKey },
  candidate,
});

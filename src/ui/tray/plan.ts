import type { DryRun, Finding } from "../api/contract.ts";
import { codeOf } from "../api/errors.ts";
import { partId, partsOf } from "./parts.ts";
import type { TrayEdit } from "./tray-edit.ts";

/** One change set as it would be sent, and what the control plane says to it. */
export interface PlannedPart {
  readonly id: string;
  readonly edits: readonly TrayEdit[];
  readonly dry: DryRun;
}

/** What a tray would do, asked before it is sent. */
export interface TrayPlan {
  /** In the order in which they are sent. */
  readonly parts: readonly PlannedPart[];
  /** What the interlock has against the first part, or against the only one. */
  readonly refusals: readonly Finding[];
  /** Against later parts as things stand: what is sent before them may settle it. */
  readonly later: readonly Finding[];
}

type AskDry = (id: string, edits: readonly TrayEdit[]) => Promise<DryRun>;

/**
 * Splits a tray into the change sets that it takes and asks what each would do. A part that proves too large is halved.
 * What nothing stands against goes first, so that it may settle what stands against the others. Rejects with the
 * control plane's error.
 */
export async function planTray(edits: readonly TrayEdit[], seed: string, ask: AskDry): Promise<TrayPlan> {
  const queue = [...partsOf(edits)];
  const parts: PlannedPart[] = [];
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    const id = partId(seed, part);
    try {
      parts.push({ id, edits: part, dry: await ask(id, part) });
    } catch (error) {
      if (codeOf(error) !== "TOO_LARGE" || part.length === 1) throw error;
      const half = Math.ceil(part.length / 2);
      queue.unshift(part.slice(0, half), part.slice(half));
    }
  }
  const clean = (part: PlannedPart): number => (part.dry.refusals.length === 0 ? 0 : 1);
  const ordered = parts.toSorted((a, b) => clean(a) - clean(b));
  const [first, ...others] = ordered;
  return {
    parts: ordered,
    refusals: first?.dry.refusals ?? [],
    later: others.flatMap((part) => part.dry.refusals),
  };
}

import type { Head } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";

/** A head as it stands: at revision 0 where there is none, and then only what would be counted for it. */
export interface StandingHead {
  readonly scope: string;
  readonly head: Omit<Head, "epoch">;
  readonly modRevision: number;
}

export interface EpochStore {
  /**
   * Every scope that needs a head: `*`, those that have one or levers, and those of registered or once proved
   * instances, since an agent that served levers of its own obeys no data without its own head.
   */
  heads(env: string): Promise<readonly StandingHead[]>;
  /** Epochs that agents still hold to, by their receipts. */
  heldEpochs(env: string): Promise<readonly string[]>;
  /** Replaces every head if none has moved; false if one has. */
  replaceHeads(
    env: string,
    from: readonly StandingHead[],
    to: (head: StandingHead["head"]) => Head,
  ): Promise<boolean>;
}

export interface Confirmed {
  readonly epoch: string;
  readonly confirms: string;
  readonly heads: number;
}

const ATTEMPTS = 5;

/**
 * Says that the data which stands now is the one to obey: every head gets a fresh epoch that names the old one, and
 * agents that hold to the old one go on from there. `from` may be left out while all receipts name one epoch.
 */
export async function confirmEpoch(
  store: EpochStore,
  env: string,
  options: { readonly from?: string | undefined; readonly fresh: string },
): Promise<Confirmed> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const heads = await store.heads(env);
    if (heads.length === 0)
      throw new DomainError("NOT_FOUND", `There is no environment ${env} in this etcd.`);
    const confirms = options.from ?? (await onlyHeldEpoch(store, env));
    const replaced = await store.replaceHeads(env, heads, (head) => ({
      ...head,
      epoch: options.fresh,
      confirms,
    }));
    if (replaced) return { epoch: options.fresh, confirms, heads: heads.length };
  }
  throw new DomainError(
    "UNAVAILABLE",
    "Levers are being changed meanwhile. Stop publishing for a moment, then confirm again.",
  );
}

async function onlyHeldEpoch(store: EpochStore, env: string): Promise<string> {
  const held = [...new Set(await store.heldEpochs(env))];
  const [only, ...others] = held;
  if (only === undefined) {
    throw new DomainError(
      "INVALID",
      "No agent holds to another epoch: there is nothing to confirm. Name the old one with --from if you must.",
    );
  }
  if (others.length > 0) {
    throw new DomainError(
      "INVALID",
      `Agents hold to several epochs (${held.join(", ")}): name one with --from.`,
    );
  }
  return only;
}

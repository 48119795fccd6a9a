import { parseKey, receiptKey, registryKey } from "@leverframe/agent/protocol";
import { type EnvironmentState, readReceipt } from "../../domain/environment-state.ts";
import { type InstanceState, SUSPECT_MS } from "../../domain/fleet.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";

/** An instance that nobody heard of for this long has left (DESIGN §4 *Receipts*). */
export const LEFT_AFTER_MS = 10 * 60_000;

/**
 * Since when each instance with a receipt is without its registration. Starts anew with the process, so that a
 * restart never makes an instance look gone for longer than was seen.
 */
export class AbsenceTracker {
  readonly #since = new Map<string, { service: string; instance: string; sinceMs: number }>();

  /** Looks at all of the present: after a list of registry or receipts. */
  observe(state: EnvironmentState, nowMs: number): void {
    const standing = new Set<string>();
    for (const key of state.receipts.keys()) {
      const name = this.#look(state, key, nowMs);
      if (name !== undefined) standing.add(name);
    }
    for (const name of this.#since.keys()) if (!standing.has(name)) this.#since.delete(name);
  }

  /** Looks at those whose registration or receipt changed: a storm of receipts must not walk the fleet for each. */
  observeKeys(state: EnvironmentState, keys: Iterable<string>, nowMs: number): void {
    for (const key of keys) this.#look(state, key, nowMs);
  }

  /** The name of an instance that has a receipt and no registration; undefined for all others. */
  #look(state: EnvironmentState, key: string, nowMs: number): string | undefined {
    const place = parseKey(key);
    if (place.at !== "receipt" && place.at !== "registry") return undefined;
    const { service, instance } = place;
    const name = `${service}/${instance}`;
    const absent =
      state.receipts.has(receiptKey(state.env, service, instance)) &&
      !state.registry.has(registryKey(state.env, service, instance));
    if (!absent) {
      this.#since.delete(name);
      return undefined;
    }
    if (!this.#since.has(name)) this.#since.set(name, { service, instance, sinceMs: nowMs });
    return name;
  }

  absentForMs(service: string, instance: string, nowMs: number): number | undefined {
    const found = this.#since.get(`${service}/${instance}`);
    return found === undefined ? undefined : nowMs - found.sinceMs;
  }

  /** Instances by state, without a walk over those that are well. */
  states(state: EnvironmentState, nowMs: number): Readonly<Record<InstanceState, number>> {
    let suspect = 0;
    let unproved = 0;
    for (const { entry, forMs } of this.#absent(state, nowMs)) {
      const receipt = readReceipt(entry);
      if (receipt.ok && receipt.value.leaving === true) continue;
      if (forMs < SUSPECT_MS) suspect += 1;
      else unproved += 1;
    }
    return { live: state.registry.size, suspect, unproved, foreign: state.foreign.size };
  }

  /** Receipts whose instances have left: said goodbye, or silent for ten minutes. With the revision seen, to compare. */
  departed(state: EnvironmentState, nowMs: number): { readonly key: string; readonly modRevision: number }[] {
    const gone: { key: string; modRevision: number }[] = [];
    for (const { entry, forMs } of this.#absent(state, nowMs)) {
      const receipt = readReceipt(entry);
      const saidGoodbye = receipt.ok && receipt.value.leaving === true && forMs > 30_000;
      if (forMs > LEFT_AFTER_MS || saidGoodbye) gone.push({ key: entry.key, modRevision: entry.modRevision });
    }
    return gone;
  }

  *#absent(state: EnvironmentState, nowMs: number): Iterable<{ entry: StoredEntry; forMs: number }> {
    for (const { service, instance, sinceMs } of this.#since.values()) {
      const entry = state.receipts.get(receiptKey(state.env, service, instance));
      if (entry !== undefined) yield { entry, forMs: nowMs - sinceMs };
    }
  }
}

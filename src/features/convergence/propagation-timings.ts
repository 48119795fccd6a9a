import { EVERY_SERVICE, parseKey } from "@leverframe/agent/protocol";
import { readReceipt } from "../../domain/environment-state.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";

interface Committed {
  readonly revision: number;
  readonly scopes: ReadonlySet<string>;
  /** Whether it is of levers of every service. */
  readonly every: boolean;
}

interface Sent {
  readonly env: string;
  readonly sentMs: number;
  committed?: Committed;
  readonly byInstance: Map<string, number>;
}

interface Seen {
  readonly service: string;
  readonly ownRevision: number;
  readonly sharedRevision: number;
  readonly delayMs: number;
  readonly seenMs: number;
}

/** Changes whose timings are kept; the oldest is forgotten first. */
const KEPT_CHANGES = 500;

/**
 * How long each change took to be applied, instance by instance: receipt seen − publish sent − the receipt's own
 * delay, all on this process's monotonic clock. An upper bound: the receipt's way to us is in it. Knows only what
 * this process published.
 */
export class PropagationTimings {
  readonly #sent = new Map<string, Sent>();
  /** By environment and service, then by `service/instance`. */
  readonly #seen = new Map<string, Map<string, Map<string, Seen>>>();

  /** Called before the transaction is sent; the first call for an id counts. */
  sending(env: string, changeSetId: string, nowMs: number): void {
    if (this.#sent.has(changeSetId)) return;
    this.#sent.set(changeSetId, { env, sentMs: nowMs, byInstance: new Map() });
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= KEPT_CHANGES) break;
      this.#sent.delete(oldest);
    }
  }

  /** Called when the commit is acknowledged; receipts may have come before. */
  committed(changeSetId: string, revision: number, scopes: Iterable<string>): void {
    const sent = this.#sent.get(changeSetId);
    if (sent === undefined || sent.committed !== undefined) return;
    const committedScopes = new Set(scopes);
    sent.committed = { revision, scopes: committedScopes, every: committedScopes.has(EVERY_SERVICE) };
    for (const [service, instances] of this.#seen.get(sent.env) ?? []) {
      if (reaches(sent.committed, service))
        for (const [name, seen] of instances) this.#prove(sent, name, seen);
    }
  }

  /** A receipt came. */
  receipt(env: string, entry: StoredEntry, seenMs: number): void {
    const place = parseKey(entry.key);
    const receipt = readReceipt(entry);
    if (place.at !== "receipt" || !receipt.ok) return;
    const { ownRevision, sharedRevision, delayMs } = receipt.value;
    const name = `${place.service}/${place.instance}`;
    const seen: Seen = { service: place.service, ownRevision, sharedRevision, delayMs, seenMs };
    const services = this.#seen.get(env) ?? new Map<string, Map<string, Seen>>();
    this.#seen.set(env, services);
    const instances = services.get(place.service) ?? new Map<string, Seen>();
    services.set(place.service, instances);
    instances.set(name, seen);
    for (const sent of this.#sent.values()) if (sent.env === env) this.#prove(sent, name, seen);
  }

  /** An instance is gone. */
  forget(env: string, service: string, instance: string): void {
    const services = this.#seen.get(env);
    const instances = services?.get(service);
    instances?.delete(`${service}/${instance}`);
    if (instances?.size === 0) services?.delete(service);
  }

  /** `service/instance` → milliseconds; undefined for a change that this process did not publish. */
  of(changeSetId: string): ReadonlyMap<string, number> | undefined {
    return this.#sent.get(changeSetId)?.byInstance;
  }

  #prove(sent: Sent, name: string, seen: Seen): void {
    const { committed } = sent;
    if (committed === undefined || !reaches(committed, seen.service)) return;
    const applied = committed.every ? seen.sharedRevision : seen.ownRevision;
    if (applied < committed.revision || seen.seenMs < sent.sentMs || sent.byInstance.has(name)) return;
    sent.byInstance.set(name, Math.max(0, seen.seenMs - sent.sentMs - seen.delayMs));
  }
}

const reaches = ({ every, scopes }: Committed, service: string): boolean => every || scopes.has(service);

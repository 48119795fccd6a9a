import { parseKey, type ResourceMeta, type ResourceRef } from "@leverframe/agent/protocol";
import type { ChangeSetRequest } from "./change-set-request.ts";
import { bodyOf, isRecord } from "./stored-body.ts";
import type { StoredEntry } from "./stored-entry.ts";

/** A lever that ends by itself. */
export interface Expiring extends ResourceRef {
  readonly modRevision: number;
  readonly atMs: number;
  /** What it goes back to; null where there was nothing. */
  readonly restore: NonNullable<ResourceMeta["expiry"]>["restore"];
  readonly rollout: unknown;
  readonly reason: string;
}

const known = new WeakMap<StoredEntry, Expiring | undefined>();

/** Reads it from a stored body, valid or not, once: a lever that agents hold must end all the same. */
export function expiringOf(entry: StoredEntry): Expiring | undefined {
  if (known.has(entry)) return known.get(entry);
  const expiring = read(entry);
  known.set(entry, expiring);
  return expiring;
}

function read(entry: StoredEntry): Expiring | undefined {
  const place = parseKey(entry.key);
  if (place.at !== "live") return undefined;
  const body = bodyOf(entry);
  const meta = body?.["meta"];
  const expiry = isRecord(meta) ? meta["expiry"] : undefined;
  if (!isRecord(meta) || !isRecord(expiry) || typeof expiry["at"] !== "string") return undefined;
  const atMs = Date.parse(expiry["at"]);
  if (Number.isNaN(atMs)) return undefined;
  return {
    service: place.service,
    kind: place.kind,
    name: place.name,
    modRevision: entry.modRevision,
    atMs,
    restore: (expiry["restore"] ?? null) as Expiring["restore"],
    rollout: body?.["rollout"],
    reason: typeof meta["reason"] === "string" ? meta["reason"] : "",
  };
}

/** The change set that ends it: refused by etcd if anybody has changed the lever since. */
export function endingRequest(env: string, expiring: Expiring, id: string): ChangeSetRequest {
  const { service, kind, name, modRevision, restore, rollout, reason } = expiring;
  const put = { op: "put" as const, spec: restore, ...(rollout === undefined ? {} : { rollout }) };
  return {
    env,
    id,
    author: { kind: "rule", id: "expiry" },
    reason: `Ended as planned: ${reason}`.slice(0, 500),
    edits: [
      {
        service,
        kind,
        name,
        baseRevision: modRevision,
        ...(restore === null ? { op: "delete" as const } : put),
      },
    ],
  };
}

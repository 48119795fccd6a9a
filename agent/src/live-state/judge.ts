import {
  describeIssues,
  type Kind,
  parseKey,
  parseResourceLenient,
  type Resource,
  resourceName,
} from "../protocol/index.ts";
import { findFault } from "../rules/index.ts";
import type { RawEntry } from "./batch.ts";

/** The kinds that this release acts on; the others are checked and reported as unsupported. */
export const ACTED_KINDS = ["config", "switch", "breaker"] as const;
export type ActedKind = (typeof ACTED_KINDS)[number];

const acted: ReadonlySet<string> = new Set(ACTED_KINDS);
export const isActedKind = (kind: string): kind is ActedKind => acted.has(kind);

/** A resource that this release acts on, tied to its kind. */
export type ActedResource = {
  [K in ActedKind]: { readonly kind: K; readonly resource: Resource<K> };
}[ActedKind];

/** What the agent makes of one body. Only `acted` is ever obeyed. */
export type Verdict =
  | { readonly type: "acted"; readonly lever: ActedResource }
  | { readonly type: "unsupported"; readonly reason: string }
  | { readonly type: "invalid"; readonly reason: string };

export interface Judged {
  readonly kind: string;
  readonly name: string;
  readonly entry: RawEntry;
  readonly verdict: Verdict;
}

const REASON_LENGTH = 500;
const invalid = (reason: string): Verdict => ({ type: "invalid", reason: reason.slice(0, REASON_LENGTH) });

/** `1.10.0` is above `1.9.3`. Both are three numbers; anything else reads as not above. */
export function isAbove(needed: string, ours: string): boolean {
  const left = needed.split(".").map(Number);
  const right = ours.split(".").map(Number);
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Read before the body is checked: a body that needs a newer agent may look wrong to this one. */
function neededAgent(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("meta" in body)) return undefined;
  const { meta } = body;
  if (typeof meta !== "object" || meta === null || !("minAgent" in meta)) return undefined;
  const { minAgent } = meta;
  return typeof minAgent === "string" && /^\d+\.\d+\.\d+$/.test(minAgent) ? minAgent : undefined;
}

const describeError = (error: unknown): string =>
  error instanceof Error && "issues" in error && Array.isArray(error.issues)
    ? describeIssues(error as Parameters<typeof describeIssues>[0])
    : String(error instanceof Error ? error.message : error);

/** A secret's key material is not known to this release. */
const holdsSecret = (resource: Resource<"config">): boolean =>
  resource.spec.secret !== undefined || resource.rollout?.candidate.secret !== undefined;

function judgeKind(kind: Kind, body: unknown): Verdict {
  const resource = parseResourceLenient(kind, body);
  const fault = findFault(kind, resource);
  if (fault !== undefined) return invalid(fault);
  if (!isActedKind(kind)) {
    return { type: "unsupported", reason: `this agent does not act on ${kind} yet` };
  }
  const lever = { kind, resource } as ActedResource;
  return lever.kind === "config" && holdsSecret(lever.resource)
    ? invalid("spec.secret: this agent does not read secret values yet")
    : { type: "acted", lever };
}

function judgeBody(kind: Kind, name: string, value: Buffer, agentVersion: string): Verdict {
  const named = resourceName.safeParse(name);
  if (!named.success) return invalid(describeIssues(named.error));
  let body: unknown;
  try {
    body = JSON.parse(value.toString("utf8"));
  } catch (error) {
    return invalid(`is not JSON: ${describeError(error)}`);
  }
  const needed = neededAgent(body);
  if (needed !== undefined && isAbove(needed, agentVersion)) {
    return invalid(`meta.minAgent: needs agent ${needed}, this one is ${agentVersion}`);
  }
  try {
    return judgeKind(kind, body);
  } catch (error) {
    return invalid(describeError(error));
  }
}

/**
 * Judges one key by its name and body alone, so that every agent of a release judges alike. Undefined for what is no
 * resource: the head, and keys whose shape nobody of this release writes. Never throws.
 */
export function judge(entry: RawEntry, agentVersion: string): Judged | undefined {
  const parsed = parseKey(entry.key);
  if (parsed.at === "unknown-kind") {
    const { kind, name } = parsed;
    return {
      kind,
      name,
      entry,
      verdict: { type: "unsupported", reason: `this agent does not know the kind ${kind.slice(0, 100)}` },
    };
  }
  if (parsed.at !== "live") return undefined;
  const { kind, name } = parsed;
  return { kind, name, entry, verdict: judgeBody(kind, name, entry.value, agentVersion) };
}

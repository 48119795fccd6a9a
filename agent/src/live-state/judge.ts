import {
  type ConfigSpec,
  describeIssues,
  isAbove,
  isResourceName,
  type Kind,
  parseKey,
  parseResourceLenient,
  type Resource,
  resourceName,
} from "../protocol/index.ts";
import { findFault } from "../rules/index.ts";
import type { SealedValue } from "../secrets/index.ts";
import type { RawEntry } from "./batch.ts";

/** A kind that this release acts on: every one that it knows. Others come of newer releases, and are reported as unsupported. */
export type ActedKind = Kind;

/** A resource that this release acts on, tied to its kind. */
export type ActedResource = {
  [K in ActedKind]: { readonly kind: K; readonly resource: Resource<K> };
}[ActedKind];

/** What the agent makes of one body. Only `acted` is ever obeyed; `lacking` says what of it is not. */
export type Verdict =
  | { readonly type: "acted"; readonly lever: ActedResource; readonly lacking?: string }
  | { readonly type: "unsupported"; readonly reason: string }
  | { readonly type: "invalid"; readonly reason: string };

/** What of a valid body this release does not do; undefined where it does all of it, or the body is invalid. */
export function lackingOf(verdict: Verdict): string | undefined {
  if (verdict.type === "unsupported") return verdict.reason;
  return verdict.type === "acted" ? verdict.lacking : undefined;
}

export interface Judged {
  readonly kind: string;
  readonly name: string;
  readonly entry: RawEntry;
  readonly verdict: Verdict;
}

const REASON_LENGTH = 500;
const invalid = (reason: string): Verdict => ({ type: "invalid", reason: reason.slice(0, REASON_LENGTH) });

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

/** Opens a secret of a config by its name. Throws an `Error` that says why it can't, and never what it holds. */
export type OpenSecret = (service: string, name: string, sealed: SealedValue) => string;

/** What an agent judges by: its release, and what it can open. */
export interface JudgeTerms {
  readonly agentVersion: string;
  readonly openSecret: OpenSecret;
}

/** The spec with its value in the clear, in memory alone; `secret` stays beside it and says so. */
function opened(spec: ConfigSpec, path: string, open: (sealed: SealedValue) => string): ConfigSpec {
  if (spec.secret === undefined) return spec;
  let value: string;
  try {
    value = open(spec.secret);
  } catch (error) {
    throw new Error(`${path}.secret: ${describeError(error)}`, { cause: error });
  }
  if (spec.format === "json" && !isJson(value)) throw new Error(`${path}.secret: does not hold JSON`);
  return { ...spec, value };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function withSecrets(
  resource: Resource<"config">,
  open: (sealed: SealedValue) => string,
): Resource<"config"> {
  const { spec, rollout } = resource;
  if (spec.secret === undefined && rollout?.candidate.secret === undefined) return resource;
  const candidate = rollout && opened(rollout.candidate, "rollout.candidate", open);
  return {
    ...resource,
    spec: opened(spec, "spec", open),
    ...(rollout === undefined || candidate === undefined ? {} : { rollout: { ...rollout, candidate } }),
  };
}

function judgeKind(kind: Kind, body: unknown, open: (sealed: SealedValue) => string): Verdict {
  const resource = parseResourceLenient(kind, body);
  const fault = findFault(kind, resource);
  if (fault !== undefined) return invalid(fault);
  const lever = { kind, resource } as ActedResource;
  if (lever.kind !== "config") return { type: "acted", lever };
  return { type: "acted", lever: { kind: "config", resource: withSecrets(lever.resource, open) } };
}

function judgeBody(
  { service, kind, name }: { service: string; kind: Kind; name: string },
  value: Buffer,
  { agentVersion, openSecret }: JudgeTerms,
): Verdict {
  if (!isResourceName(name)) {
    const { error } = resourceName.safeParse(name);
    return invalid(error === undefined ? "name is not one" : describeIssues(error));
  }
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
    return judgeKind(kind, body, (sealed) => openSecret(service, name, sealed));
  } catch (error) {
    return invalid(describeError(error));
  }
}

/**
 * Judges one key by its name and body alone, so that every agent of a release judges alike. Undefined for what is no
 * resource: the head, and keys whose shape nobody of this release writes. Never throws.
 */
export function judge(entry: RawEntry, terms: JudgeTerms): Judged | undefined {
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
  return { kind, name, entry, verdict: judgeBody(parsed, entry.value, terms) };
}

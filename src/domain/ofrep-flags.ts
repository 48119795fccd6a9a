import {
  EVERY_SERVICE,
  isAbove,
  livePrefix,
  parseKey,
  type Resource,
  resourceName,
} from "@leverframe/agent/protocol";
import { etagOf, type FaultyLever, FlagTable, findFault, type TableLever } from "@leverframe/agent/rules";
import { type EnvironmentState, readResource } from "./environment-state.ts";
import type { StoredEntry } from "./stored-entry.ts";

/** What an environment holds for one service at a moment, as flags. */
export interface ServiceFlags {
  readonly table: FlagTable;
  /** The newest revision that touched any lever of it, or of every service. */
  readonly revision: number;
  /** Another one for another state of any of its levers. */
  readonly state: string;
}

export interface FlagTerms {
  /** The agent release whose rules decide: a body that needs a newer one is held back. */
  readonly agentVersion: string;
  /** Wall time in ms. */
  readonly nowMs: () => number;
  readonly random: () => number;
}

/**
 * The switches and configs that a service's agents would serve, by the very functions that they decide with; the
 * service's own levers override those of every service. What an agent would hold answers with a fault, since nothing
 * here remembers the last good body. Secret configs are left out. Pure but for `terms`.
 */
export function serviceFlags(state: EnvironmentState, service: string, terms: FlagTerms): ServiceFlags {
  const levers = new Map<string, TableLever | FaultyLever>();
  const lines: string[] = [];
  let revision = 0;
  for (const scope of [EVERY_SERVICE, service]) {
    const prefix = livePrefix(state.env, scope);
    for (const [key, entry] of state.live) {
      if (!key.startsWith(prefix)) continue;
      revision = Math.max(revision, entry.modRevision);
      lines.push(`${key}@${entry.modRevision}`);
      const lever = leverOf(entry, terms.agentVersion);
      if (lever !== undefined) levers.set(`${lever.kind}/${lever.name}`, lever);
    }
  }
  const { nowMs, random } = terms;
  const defaults = { appName: service, environment: state.env };
  return {
    table: new FlagTable(levers.values(), { instance: undefined, around: { nowMs, random, defaults } }),
    revision,
    state: etagOf(...lines.sort()),
  };
}

function leverOf(entry: StoredEntry, agentVersion: string): TableLever | FaultyLever | undefined {
  const place = parseKey(entry.key);
  if (place.at !== "live" || (place.kind !== "switch" && place.kind !== "config")) return undefined;
  const { kind, name, service } = place;
  if (!resourceName.safeParse(name).success) return undefined;
  const of = { kind, name, service, revision: entry.modRevision };
  const parsed = readResource(kind, entry);
  if (!parsed.ok) return { ...of, fault: parsed.fault };
  const { minAgent } = parsed.value.meta;
  if (minAgent !== undefined && isAbove(minAgent, agentVersion)) {
    return { ...of, fault: `it needs agent ${minAgent}, this one is ${agentVersion}` };
  }
  const fault = faultOf(kind, parsed.value);
  if (fault !== undefined) return { ...of, fault };
  return { ...of, resource: parsed.value as Resource<"switch"> | Resource<"config"> };
}

const faults = new WeakMap<Resource, { readonly fault: string | undefined }>();

/** Compiling patterns costs more than looking: once for each body. */
function faultOf(kind: "switch" | "config", resource: Resource): string | undefined {
  const known = faults.get(resource) ?? { fault: findFault(kind, resource as Resource<typeof kind>) };
  faults.set(resource, known);
  return known.fault;
}

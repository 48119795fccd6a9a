import type { Kind, Resource, ResourceRef } from "@leverframe/agent/protocol";

/** What a lever does that is not as usual. */
export type LeverDeviation =
  /** A switch is DEGRADED for everybody. */
  | { readonly what: "degraded" }
  /** A breaker lets nothing through, or everything. */
  | { readonly what: "forcedOpen" | "disabled" }
  /** Instances get no new calls. */
  | { readonly what: "drained"; readonly instances: number }
  /** A candidate is in force for a share of the instances or users. */
  | { readonly what: "rollout"; readonly shareBp: number };

/** A lever as it was in force at a moment. */
export interface LeverInForce extends ResourceRef {
  readonly version: number;
  readonly revision: number;
  /** ISO. */
  readonly updatedAt: string;
  readonly changeSetId: string;
  readonly reason: string;
  /** As it is; empty where nothing is. */
  readonly deviations: readonly LeverDeviation[];
  readonly owner?: string;
  /** Of a switch. */
  readonly level?: string;
}

/** What stands of a lever, whether etcd or the history tells it: a body that can't be read says nothing but its name. Pure. */
export function leverInForce(
  ref: ResourceRef,
  revision: number,
  resource: Resource | undefined,
): LeverInForce {
  const { service, kind, name } = ref;
  const meta = resource?.meta;
  const level = kind === "switch" ? textOf(resource?.spec, "level") : undefined;
  return {
    service,
    kind,
    name,
    revision,
    version: meta?.version ?? 0,
    updatedAt: meta?.updatedAt ?? "",
    changeSetId: meta?.changeSetId ?? "",
    reason: meta?.reason ?? "",
    deviations: resource === undefined ? [] : deviationsOf(kind, resource),
    ...(meta?.owner === undefined ? {} : { owner: meta.owner }),
    ...(level === undefined ? {} : { level }),
  };
}

const fieldOf = (spec: unknown, name: string): unknown =>
  typeof spec === "object" && spec !== null ? (spec as Record<string, unknown>)[name] : undefined;

function textOf(spec: unknown, name: string): string | undefined {
  const value = fieldOf(spec, name);
  return typeof value === "string" ? value : undefined;
}

const listOf = (spec: unknown, name: string): readonly unknown[] => {
  const value = fieldOf(spec, name);
  return Array.isArray(value) ? value : [];
};

function deviationsOf(kind: Kind, { spec, rollout }: Resource): readonly LeverDeviation[] {
  const found: LeverDeviation[] = [];
  if (kind === "switch" && textOf(spec, "position") === "DEGRADED") found.push({ what: "degraded" });
  if (kind === "breaker") {
    const mode = textOf(spec, "mode");
    if (mode === "FORCED_OPEN") found.push({ what: "forcedOpen" });
    if (mode === "DISABLED") found.push({ what: "disabled" });
  }
  if (kind === "traffic") {
    const instances = new Set([...listOf(spec, "drain"), ...listOf(spec, "isolate")]).size;
    if (instances > 0) found.push({ what: "drained", instances });
  }
  if (rollout !== undefined) found.push({ what: "rollout", shareBp: rollout.shareBp });
  return found;
}

import { parseKey } from "@leverframe/agent/protocol";
import { readInstance } from "../domain/environment-state.ts";
import { DomainError } from "../domain/errors.ts";
import {
  type RegisteredInstance,
  type TargetGroup,
  targetGroups,
} from "../features/metrics/prometheus-targets.ts";
import type { EnvironmentRoom } from "./environment-room.ts";

export interface Registered extends RegisteredInstance {
  /** Anew at each start of the process. */
  readonly incarnation: string;
}

/** Who stands registered in an environment, by the mirror; registrations that can't be read are left out. */
export function registeredIn(room: EnvironmentRoom): readonly Registered[] {
  const found: Registered[] = [];
  for (const entry of room.state.registry.values()) {
    const place = parseKey(entry.key);
    const read = readInstance(entry);
    if (place.at !== "registry" || !read.ok) continue;
    const { version, zone, metricsAddress, incarnation } = read.value;
    const { service, instance } = place;
    found.push({ env: room.env, service, instance, version, zone, metricsAddress, incarnation });
  }
  return found;
}

/** Whom a Prometheus should scrape. Throws UNAVAILABLE while etcd is not followed, NOT_FOUND for no environment. */
export function targetGroupsOf(room: EnvironmentRoom): readonly TargetGroup[] {
  const stale = room.stale();
  if (stale !== undefined)
    throw new DomainError("UNAVAILABLE", `Who is registered in ${room.env} is not known now: ${stale.why}`);
  return targetGroups(registeredIn(room));
}

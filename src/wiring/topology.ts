import { parseKey, parseResourceLenient } from "@leverframe/agent/protocol";
import { readResource } from "../domain/environment-state.ts";
import { type LeverInForce, leverInForce } from "../domain/topology/levers-in-force.ts";
import type { HistoryReader, ResourceVersion } from "../features/history/history-reader.ts";
import type { TelemetryStore } from "../features/telemetry/store.ts";
import type { EdgeReader } from "../features/topology/edge-reader.ts";
import { TopologyService } from "../features/topology/topology-service.ts";
import { createEdgeReader } from "../infra/telemetry/edge-reader.ts";
import { createPastFleet } from "../infra/telemetry/past-fleet.ts";
import type { EnvironmentRoom } from "./environment-room.ts";
import type { Rooms } from "./environment-rooms.ts";

export interface Topology {
  readonly service: TopologyService;
  /** Undefined where telemetry is off. */
  readonly edges: EdgeReader | undefined;
}

/** Joins calls, registry, levers and history to the graph. */
export function openTopology(parts: {
  readonly rooms: Rooms;
  readonly history: HistoryReader;
  /** Undefined where telemetry is off. */
  readonly store: TelemetryStore | undefined;
}): Topology {
  const { rooms, history, store } = parts;
  const edges = store === undefined ? undefined : createEdgeReader(store);
  const service = new TopologyService({
    edges,
    past: store === undefined ? undefined : createPastFleet(store),
    fleet: (env) => rooms.room(env).services(),
    levers: (env) => standing(rooms.room(env)),
    leversAt: async (env, atMs, service) => {
      const versions = await history.stateAt(env, { at: new Date(atMs).toISOString() }, service);
      return versions.map(remembered);
    },
    now: Date.now,
  });
  return { service, edges };
}

/** A walk over what stands in memory; each body is read once. */
function standing(room: EnvironmentRoom): readonly LeverInForce[] {
  const levers: LeverInForce[] = [];
  for (const entry of room.state.live.values()) {
    const place = parseKey(entry.key);
    if (place.at !== "live") continue;
    const read = readResource(place.kind, entry);
    levers.push(leverInForce(place, entry.modRevision, read.ok ? read.value : undefined));
  }
  return levers;
}

/** A body of the history, read as agents did. */
function remembered(version: ResourceVersion): LeverInForce {
  const { revision, body } = version;
  try {
    return leverInForce(version, revision, parseResourceLenient(version.kind, body));
  } catch {
    return leverInForce(version, revision, undefined);
  }
}

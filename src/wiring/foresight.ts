import type { AdvisedChange, AdvisedLever } from "../domain/advice/advice.ts";
import type { LeverRow } from "../domain/levers.ts";
import type { AdvicePort } from "../features/advice/advice-router.ts";
import { AdviceService } from "../features/advice/advice-service.ts";
import type { BlastPort } from "../features/blast/blast-router.ts";
import { BlastService } from "../features/blast/blast-service.ts";
import type { Marker } from "../features/metrics/markers.ts";
import type { MetricsPort } from "../features/metrics/metrics-router.ts";
import type { ReplayPort } from "../features/replay/replay-router.ts";
import { ReplayService } from "../features/replay/replay-service.ts";
import type { TelemetryStore } from "../features/telemetry/store.ts";
import type { EdgeReader } from "../features/topology/edge-reader.ts";
import { monotonicMs } from "../infra/clock.ts";
import { createCallLogReader } from "../infra/telemetry/call-log-reader.ts";
import { decidedLevers } from "../infra/telemetry/decided-levers.ts";
import type { Rooms } from "./environment-rooms.ts";

/** What shows a change before it is made: its radius, what its thresholds would have done, what else is worth a change. */
export interface Foresight {
  readonly replay: ReplayPort;
  readonly blast: BlastPort;
  readonly advice: AdvicePort;
}

/** Joins recorded calls, edges, changes and levers to what is shown before a pull. */
export function openForesight(parts: {
  readonly rooms: Rooms;
  /** Undefined where telemetry is off. */
  readonly store: TelemetryStore | undefined;
  readonly edges: EdgeReader | undefined;
  readonly metrics: MetricsPort;
}): Foresight {
  const { rooms, store, edges, metrics } = parts;
  const known = (env: string): void => void rooms.room(env);
  return {
    replay: new ReplayService({
      logs: store === undefined ? undefined : createCallLogReader(store),
      known,
      now: monotonicMs,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    }),
    blast: new BlastService({ edges, known, now: Date.now }),
    advice: new AdviceService({
      edges,
      levers: (env) => rooms.room(env).levers({}).map(advised),
      changes: async (env, span) => (await metrics.markers(env, span)).flatMap(changeOf),
      decided: async (env, sinceMs) => (store === undefined ? undefined : decidedLevers(store, env, sinceMs)),
      now: Date.now,
    }),
  };
}

function advised({ service, kind, name, updatedAt, readers, resource }: LeverRow): AdvisedLever {
  const spec = resource?.spec;
  return {
    service,
    kind,
    name,
    updatedMs: Date.parse(updatedAt),
    decisions: readers.decisions,
    timeoutMs: spec !== undefined && "timeoutMs" in spec ? spec.timeoutMs : undefined,
  };
}

/** A change set, or a deploy. */
function changeOf(mark: Marker): AdvisedChange[] {
  if (mark.kind === "change") return [{ atMs: mark.atMs, services: mark.services }];
  return mark.kind === "deploy" ? [{ atMs: mark.atMs, services: [mark.service] }] : [];
}

import { ulid } from "ulid";
import type { ChangeSetRequest } from "../domain/change-set-request.ts";
import { Automation } from "../features/automation/automation.ts";
import type { AutomationPort } from "../features/automation/automation-router.ts";
import { createScheduleService } from "../features/automation/schedule-service.ts";
import type { Publisher } from "../features/publish/publish-service.ts";
import { monotonicMs } from "../infra/clock.ts";
import { openScheduleStore } from "../infra/etcd/schedule-store.ts";
import type { Log } from "../infra/log.ts";
import type { Rooms } from "./environment-rooms.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";
import type { Leaderships } from "./leaderships.ts";

export interface RunningAutomation extends AutomationPort {
  close(): Promise<void>;
}

/** Joins what happens by itself: begins at once, acts only where and while this process leads. */
export function startAutomation(parts: {
  readonly rooms: Rooms;
  readonly clusters: EtcdClusters;
  readonly leaderships: Leaderships;
  readonly publisher: Publisher;
  readonly seal: (request: ChangeSetRequest) => ChangeSetRequest;
  readonly log: Log;
}): RunningAutomation {
  const { rooms, clusters, leaderships, publisher, seal, log } = parts;
  const store = openScheduleStore((env) => {
    rooms.room(env);
    return clusters.etcdFor(env);
  }, log);
  const automation = new Automation({
    environments: () => rooms.names(),
    fence: (env) => (rooms.room(env).stale() === undefined ? leaderships.of(env).fence : undefined),
    live: (env) => rooms.room(env).state.live.values(),
    schedules: store,
    publish: (request, terms) => publisher.publish(request, terms),
    newId: () => ulid(),
    wall: Date.now,
    monotonic: monotonicMs,
    onDone: (what) => log.info(what, "done as planned"),
    onProblem: (what) => log.warn(what, "what was planned could not be done"),
  });
  automation.start();
  return {
    schedules: createScheduleService({
      store,
      seal,
      dryRun: (request) => publisher.dryRun(request),
      now: () => new Date(),
    }),
    upcoming: (env) => automation.upcoming(env),
    async close() {
      await automation.close();
      await store.close();
    },
  };
}

import { AGENT_VERSION } from "@leverframe/agent";
import type { AccessService } from "../features/access/access-service.ts";
import { FlagsService } from "../features/ofrep/flags-service.ts";
import { RefetchStreams } from "../features/ofrep/refetch-streams.ts";
import { RequestBudget } from "../features/ofrep/request-budget.ts";
import { monotonicMs } from "../infra/clock.ts";
import type { Log } from "../infra/log.ts";
import type { AddressOf } from "../server/client-address.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import { createOfrepRoutes } from "../server/ofrep-routes.ts";
import type { ObservedCall } from "../server/trpc.ts";
import type { Rooms } from "./environment-rooms.ts";

export interface OfrepOptions {
  readonly rooms: Rooms;
  readonly access: AccessService;
  readonly onAccessChange: (listener: () => void) => () => void;
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
  readonly log: Log;
  readonly requestsPerSecond: number;
  readonly metrics: ControlMetrics;
}

/** Flags for clients of other languages, from the mirrors of this process. */
export function openOfrep(options: OfrepOptions) {
  const flags = new FlagsService({
    agentVersion: AGENT_VERSION,
    nowMs: Date.now,
    random: Math.random,
    room(env) {
      const room = options.rooms.room(env);
      return {
        state: room.state,
        get stale() {
          return room.stale() !== undefined;
        },
        onLevers: (listener) =>
          room.mirrors.subscribe(({ room: which }) => {
            if (which === "live") listener();
          }),
      };
    },
  });
  const streams = new RefetchStreams({
    stateOf: (place) => flags.flags(place).state,
    nowSeconds: () => Math.floor(Date.now() / 1_000),
  });
  const ends = [
    flags.onChange((env) => streams.changed(env)),
    options.onAccessChange(() => streams.review()),
  ];
  const { access, observe, addressOf, log } = options;
  return {
    handle: createOfrepRoutes({
      access,
      flags,
      streams,
      budget: new RequestBudget(options.requestsPerSecond, monotonicMs),
      observe,
      addressOf,
      log,
      nowMs: Date.now,
      onAnswer(status) {
        options.metrics.evaluations.inc({ status });
        options.metrics.evaluationStreams.set(streams.count);
      },
    }),
    close(): void {
      for (const end of ends) end();
      streams.close();
      flags.close();
    },
  };
}

import { environmentName } from "@leverframe/agent/protocol";
import { tracked } from "@trpc/server";
import * as z from "zod";
import { router, signedInProcedure } from "../../server/trpc.ts";
import type { LiveEvent } from "./environment-feed.ts";

export interface EventsPort {
  follow(
    env: string,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly id: string; readonly event: LiveEvent }>;
}

export const createEventsRouter = (events: EventsPort) =>
  router({
    stream: signedInProcedure
      .input(z.object({ env: environmentName, lastEventId: z.string().max(200).nullish() }))
      .subscription(async function* ({ input, signal }) {
        const ended = signal ?? new AbortController().signal;
        for await (const { id, event } of events.follow(input.env, input.lastEventId ?? undefined, ended)) {
          yield tracked(id, event);
        }
      }),
  });

import { environmentName } from "@leverframe/agent/protocol";
import { tracked } from "@trpc/server";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { LiveEvent } from "./environment-feed.ts";

export interface EventsPort {
  follow(
    env: string,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly id: string; readonly event: LiveEvent }>;
}

/** Whoever may see one service of an environment sees the whole of it: a pull is judged by what stands around it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createEventsRouter = (events: EventsPort) =>
  router({
    stream: guarded(viewer)
      .input(z.object({ env: environmentName, lastEventId: z.string().max(200).nullish() }))
      .subscription(async function* ({ input, signal }) {
        const ended = signal ?? new AbortController().signal;
        for await (const { id, event } of events.follow(input.env, input.lastEventId ?? undefined, ended)) {
          yield tracked(id, event);
        }
      }),
  });

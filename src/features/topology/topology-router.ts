import { environmentName, resourceScope } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { TopologyService } from "./topology-service.ts";

export type TopologyPort = Pick<TopologyService, "look" | "levers" | "routes" | "timeline">;

const ms = z.number().int().min(0).max(4_102_444_800_000);
const DAY_MS = 86_400_000;
/** Databases and queues are named as their callers name them. */
const nodeName = z.string().min(1).max(300);

/** Whoever may see one service of an environment sees the whole of it: a pull is judged by what stands around it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createTopologyRouter = (topology: TopologyPort) =>
  router({
    look: guarded(viewer)
      .input(
        z.strictObject({
          env: environmentName,
          /** Left out: now. */
          atMs: ms.optional(),
          windowMs: z.number().int().min(10_000).max(DAY_MS),
        }),
      )
      .query(({ input: { env, ...asked } }) => topology.look(env, asked)),
    levers: guarded(viewer)
      .input(z.strictObject({ env: environmentName, service: resourceScope, atMs: ms.optional() }))
      .query(({ input: { env, service, atMs } }) => topology.levers(env, service, atMs)),
    routes: guarded(viewer)
      .input(
        z.strictObject({ env: environmentName, caller: nodeName, callee: nodeName, fromMs: ms, toMs: ms }),
      )
      .query(({ input: { env, caller, callee, ...span } }) => topology.routes(env, { caller, callee }, span)),
    timeline: guarded(viewer)
      .input(
        z.strictObject({
          env: environmentName,
          fromMs: ms,
          toMs: ms,
          stepMs: z.number().int().min(60_000).max(DAY_MS),
        }),
      )
      .query(({ input }) => topology.timeline(input)),
  });

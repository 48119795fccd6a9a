import { environmentName, resourceScope } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { BlastAnswer } from "./blast-service.ts";

export interface BlastPort {
  radius(env: string, services: readonly string[]): Promise<BlastAnswer>;
}

export const createBlastRouter = (port: BlastPort) =>
  router({
    /** Who calls what a change touches, how often, and who waits for it. */
    radius: guarded({ role: "viewer", on: "environment" })
      .input(z.strictObject({ env: environmentName, services: z.array(resourceScope).min(1).max(128) }))
      .query(({ input: { env, services } }) => port.radius(env, services)),
  });

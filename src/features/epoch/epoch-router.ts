import { EVERY_SERVICE, environmentName, epochId } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { Confirmed } from "./epoch-service.ts";

export interface EpochPort {
  confirm(env: string, from: string | undefined): Promise<Confirmed>;
  createEnvironment(env: string): Promise<"created" | "stood">;
}

export const createEpochRouter = (epoch: EpochPort) =>
  router({
    /** For admins of the whole environment: every agent in it obeys. */
    confirm: guarded({ role: "admin", on: "environment", services: () => [EVERY_SERVICE] })
      .input(z.strictObject({ env: environmentName, from: epochId.optional() }))
      .mutation(({ input }) => epoch.confirm(input.env, input.from)),
    createEnvironment: guarded({ role: "admin", on: "control" })
      .input(z.strictObject({ env: environmentName }))
      .mutation(({ input }) => epoch.createEnvironment(input.env)),
  });

import { environmentName, epochId } from "@leverframe/agent/protocol";
import * as z from "zod";
import { router, signedInProcedure } from "../../server/trpc.ts";
import type { Confirmed } from "./epoch-service.ts";

export interface EpochPort {
  confirm(env: string, from: string | undefined): Promise<Confirmed>;
  createEnvironment(env: string): Promise<"created" | "stood">;
}

export const createEpochRouter = (epoch: EpochPort) =>
  router({
    confirm: signedInProcedure
      .input(z.strictObject({ env: environmentName, from: epochId.optional() }))
      .mutation(({ input }) => epoch.confirm(input.env, input.from)),
    createEnvironment: signedInProcedure
      .input(z.strictObject({ env: environmentName }))
      .mutation(({ input }) => epoch.createEnvironment(input.env)),
  });

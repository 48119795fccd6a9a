import { environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { AdviceAnswer } from "./advice-service.ts";

export interface AdvicePort {
  list(env: string): Promise<AdviceAnswer>;
}

export const createAdviceRouter = (port: AdvicePort) =>
  router({
    /** What the traffic and the levers of an environment suggest. */
    list: guarded({ role: "viewer", on: "environment" })
      .input(z.strictObject({ env: environmentName }))
      .query(({ input: { env } }) => port.list(env)),
  });

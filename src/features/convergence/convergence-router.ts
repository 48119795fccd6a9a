import { changeSetId, environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import type { Convergence } from "../../domain/convergence.ts";
import { router, signedInProcedure } from "../../server/trpc.ts";

export interface ConvergencePort {
  /** Throws NOT_FOUND for a change set that has no journal. */
  byChange(env: string, changeSetId: string): Promise<Convergence>;
}

export const createConvergenceRouter = (convergence: ConvergencePort) =>
  router({
    byChange: signedInProcedure
      .input(z.strictObject({ env: environmentName, changeSetId }))
      .query(({ input }) => convergence.byChange(input.env, input.changeSetId)),
  });

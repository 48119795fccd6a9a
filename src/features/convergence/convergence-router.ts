import { changeSetId, environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import type { Convergence } from "../../domain/convergence.ts";
import { guarded, router } from "../../server/trpc.ts";

export interface ConvergencePort {
  /** Throws NOT_FOUND for a change set that has no journal. */
  byChange(env: string, changeSetId: string): Promise<Convergence>;
}

/** Whoever may see one service of an environment sees the whole of it: a pull is judged by what stands around it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createConvergenceRouter = (convergence: ConvergencePort) =>
  router({
    byChange: guarded(viewer)
      .input(z.strictObject({ env: environmentName, changeSetId }))
      .query(({ input }) => convergence.byChange(input.env, input.changeSetId)),
  });

import {
  type BreakerSpec,
  environmentName,
  resourceName,
  resourceScope,
  specSchemas,
  strict,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { ReplayAnswer, ReplayRequest } from "./replay-service.ts";

export interface ReplayPort {
  replay(request: ReplayRequest): Promise<ReplayAnswer>;
}

const ms = z.number().int().min(0).max(4_102_444_800_000);
const DAY_MS = 86_400_000;
const spec = specSchemas(strict).breaker as z.ZodType<BreakerSpec>;

export const createReplayRouter = (port: ReplayPort) =>
  router({
    /** What a proposed breaker would have done with recorded calls. */
    breaker: guarded({ role: "viewer", on: "environment" })
      .input(
        z
          .strictObject({
            env: environmentName,
            service: resourceScope,
            name: resourceName,
            spec,
            fromMs: ms,
            toMs: ms,
          })
          .refine(({ fromMs, toMs }) => fromMs < toMs && toMs - fromMs <= DAY_MS, {
            error: "the stretch ends after it begins, a day later at most",
          }),
      )
      .query(({ input }) => port.replay(input)),
  });

import {
  changeSetId,
  EVERY_SERVICE,
  environmentName,
  epochId,
  LIMITS,
  resourceRef,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { Confirmed } from "./epoch-service.ts";
import type { RecoveryService } from "./recovery-service.ts";

export interface EpochPort {
  confirm(env: string, from: string | undefined): Promise<Confirmed>;
  createEnvironment(env: string): Promise<"created" | "stood">;
  readonly recovery: RecoveryService;
}

const by = {
  env: environmentName,
  groupId: changeSetId,
  override: z.strictObject({ reason: z.string().min(1).max(LIMITS.reasonLength) }).optional(),
};
const MOST_LEVERS = 5_000;

export const createEpochRouter = (epoch: EpochPort) =>
  router({
    /** For admins of the whole environment: every agent in it obeys. */
    confirm: guarded({ role: "admin", on: "environment", services: () => [EVERY_SERVICE] })
      .input(z.strictObject({ env: environmentName, from: epochId.optional() }))
      .mutation(({ input }) => epoch.confirm(input.env, input.from)),
    /** Who holds and what was lost. A mutation: where the head is gone, one that confirms nothing is written. */
    examine: guarded({ role: "admin", on: "environment", services: () => [EVERY_SERVICE] })
      .input(z.strictObject(by))
      .mutation(({ ctx, input: { env, ...rest } }) =>
        epoch.recovery.examine(env, { ...defined(rest), author: ctx.principal.author }),
      ),
    republish: guarded({ role: "admin", on: "environment", services: () => [EVERY_SERVICE] })
      .input(
        z.strictObject({
          ...by,
          reason: z.string().trim().min(1).max(LIMITS.reasonLength),
          seen: z.array(resourceRef.extend({ baseRevision: z.int().min(0) })).max(MOST_LEVERS),
        }),
      )
      .mutation(({ ctx, input }) =>
        epoch.recovery.republish({ ...defined(input), author: ctx.principal.author }),
      ),
    createEnvironment: guarded({ role: "admin", on: "control" })
      .input(z.strictObject({ env: environmentName }))
      .mutation(({ input }) => epoch.createEnvironment(input.env)),
  });

/** Without an override that is undefined: absent and undefined are not the same to the rest. */
function defined<Input extends { override?: { reason: string } | undefined }>({ override, ...rest }: Input) {
  return override === undefined ? rest : { ...rest, override };
}

import { changeSetId, environmentName, LIMITS } from "@leverframe/agent/protocol";
import * as z from "zod";
import { APPROVALS } from "../../domain/environment-settings.ts";
import { guarded, router } from "../../server/trpc.ts";
import type { Approvals } from "./approvals-service.ts";

const one = z.strictObject({ env: environmentName, id: changeSetId });
/** For any service there; the services of what waits are asked for once it is known. */
const operator = guarded({ role: "operator", on: "environment" });
const viewer = guarded({ role: "viewer", on: "environment" });

/** What waits for a second person. */
export const createApprovalsRouter = (approvals: Approvals) =>
  router({
    list: viewer
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => approvals.list(input.env)),
    rule: viewer
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => ({ approvals: approvals.rule(input.env) })),
    setRule: guarded({ role: "admin", on: "control" })
      .input(z.strictObject({ env: environmentName, approvals: z.enum(APPROVALS) }))
      .mutation(({ input }) => approvals.setRule(input.env, input.approvals)),
    get: viewer.input(one).query(async ({ input }) => {
      const { id, env, kind, person, at, request } = await approvals.get(input.env, input.id);
      return { id, env, kind, person, at, request };
    }),
    approve: operator
      .input(one)
      .mutation(({ ctx, input }) => approvals.approve(input.env, input.id, ctx.principal)),
    /** Why is kept in the audit log, beside who. */
    reject: operator
      .input(one.extend({ reason: z.string().trim().min(1).max(LIMITS.reasonLength).optional() }))
      .mutation(({ ctx, input }) => approvals.reject(input.env, input.id, ctx.principal)),
    acknowledge: operator
      .input(one)
      .mutation(({ ctx, input }) => approvals.acknowledge(input.env, input.id, ctx.principal)),
  });

import {
  changeSetId,
  EVERY_SERVICE,
  environmentName,
  LIMITS,
  resourceRef,
  resourceScope,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import { describeNeed, type Need } from "../../domain/access.ts";
import { DomainError } from "../../domain/errors.ts";
import { guarded, type Rule, router } from "../../server/trpc.ts";
import { type Principal, permits } from "../access/principal.ts";
import type { BackService, Permit } from "./back-service.ts";

const reason = z
  .string({ error: "reason must be text: say why" })
  .trim()
  .min(1, { error: "reason must not be empty: say why" })
  .max(LIMITS.reasonLength);
const said = { env: environmentName, reason, override: z.strictObject({ reason }).optional() };
const revision = z.int({ error: "must be a revision" }).min(1);
const base = z.int({ error: "must be a revision, or 0 where there is none" }).min(0);

const rollbackInput = z.strictObject({
  ...said,
  id: changeSetId,
  ref: resourceRef,
  to: z.union([z.strictObject({ version: z.int().min(1) }), z.strictObject({ revision })], {
    error: "to must be {version} or {revision}",
  }),
  baseRevision: base,
});
const undoInput = z.strictObject({ ...said, id: changeSetId, changeSetId });
const moment = z.union(
  [
    z.strictObject({ revision }),
    z.strictObject({ at: z.iso.datetime({ error: "must be a time such as 2026-11-23T03:00:00Z" }) }),
  ],
  { error: "moment must be {revision} or {at}" },
);
const MOST_LEVERS = 5_000;
const planOf = { env: environmentName, moment, groupId: changeSetId };
const restoreOf = {
  ...said,
  moment,
  groupId: changeSetId,
  seen: z.array(resourceRef.extend({ baseRevision: base })).max(MOST_LEVERS),
};
const service = { service: resourceScope };

const textAt = (input: unknown, ...path: readonly string[]): string => {
  const found = path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    input,
  );
  // What can't be read is refused by its schema; until then it asks for the most.
  return typeof found === "string" ? found : EVERY_SERVICE;
};
const onLever: Rule = {
  role: "operator",
  on: "environment",
  services: (input) => [textAt(input, "ref", "service")],
};
const onService: Rule = {
  role: "operator",
  on: "environment",
  services: (input) => [textAt(input, "service")],
};
const onAll: Rule = { role: "admin", on: "environment", services: () => [EVERY_SERVICE] };
/** Which services a change set touched is known once it is read: then it is asked again. */
const onSome: Rule = { role: "operator", on: "environment" };

function permitOf(
  principal: Principal,
  input: { readonly env: string; readonly override?: unknown },
): Permit {
  return (services) => {
    const need: Need = {
      role: input.override === undefined ? "operator" : "admin",
      env: input.env,
      services,
    };
    if (!permits(principal, need)) throw new DomainError("FORBIDDEN", describeNeed(need));
  };
}

/** `back.*`: rollback of a lever, undo of a change set, restore of a service or of everything, each with its dry run. */
export const createBackRouter = (back: BackService) =>
  router({
    rollback: guarded(onLever)
      .input(rollbackInput)
      .mutation(({ ctx, input }) => back.rollback({ ...input, author: ctx.principal.author })),
    rollbackDry: guarded(onLever)
      .input(rollbackInput)
      .mutation(({ ctx, input }) => back.rollbackDry({ ...input, author: ctx.principal.author })),
    undo: guarded(onSome)
      .input(undoInput)
      .mutation(({ ctx, input }) =>
        back.undo({ ...input, author: ctx.principal.author }, permitOf(ctx.principal, input)),
      ),
    undoDry: guarded(onSome)
      .input(undoInput)
      .mutation(({ ctx, input }) =>
        back.undoDry({ ...input, author: ctx.principal.author }, permitOf(ctx.principal, input)),
      ),
    planService: guarded(onService)
      .input(z.strictObject({ ...planOf, ...service }))
      .mutation(({ ctx, input: { groupId, ...target } }) =>
        back.restores.plan(target, { groupId, author: ctx.principal.author }),
      ),
    restoreService: guarded(onService)
      .input(z.strictObject({ ...restoreOf, ...service }))
      .mutation(({ ctx, input }) => back.restores.restore({ ...input, author: ctx.principal.author })),
    planEnvironment: guarded(onAll)
      .input(z.strictObject(planOf))
      .mutation(({ ctx, input: { groupId, ...target } }) =>
        back.restores.plan(target, { groupId, author: ctx.principal.author }),
      ),
    restoreEnvironment: guarded(onAll)
      .input(z.strictObject(restoreOf))
      .mutation(({ ctx, input }) => back.restores.restore({ ...input, author: ctx.principal.author })),
  });

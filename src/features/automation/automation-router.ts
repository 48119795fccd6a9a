import { changeSetId, environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import { guarded, router } from "../../server/trpc.ts";
import type { Upcoming } from "./automation.ts";
import type { ScheduleService } from "./schedule-service.ts";

export interface AutomationPort {
  readonly schedules: ScheduleService;
  readonly upcoming: (env: string) => readonly Upcoming[];
}

const scheduleInput = z.looseObject({
  env: environmentName,
  at: z.iso.datetime({ error: "at must be a time such as 2026-11-23T03:00:00Z" }),
});

const servicesOf = (input: unknown): readonly string[] => {
  const edits = (input as { edits?: unknown } | undefined)?.edits;
  return Array.isArray(edits)
    ? edits.map((edit) => String((edit as { service?: unknown } | null)?.service))
    : [];
};

/** What happens by itself: expiries and schedules. */
export const createAutomationRouter = ({ schedules, upcoming }: AutomationPort) => {
  const servicesOfSchedule = (input: unknown): readonly string[] => {
    const { env, id } = input as { env?: unknown; id?: unknown };
    const found = typeof env === "string" ? schedules.list(env).find((one) => one.id === id) : undefined;
    return found?.request.edits.map((edit) => edit.service) ?? ["*"];
  };
  return router({
    upcoming: guarded({ role: "viewer", on: "environment" })
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => upcoming(input.env)),
    list: guarded({ role: "viewer", on: "environment" })
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => schedules.list(input.env)),
    schedule: guarded({ role: "operator", on: "environment", services: servicesOf })
      .input(scheduleInput)
      .mutation(({ ctx, input: { at, ...request } }) =>
        schedules.create(at, { ...request, author: ctx.principal.author } as unknown as ChangeSetRequest),
      ),
    cancel: guarded({ role: "operator", on: "environment", services: servicesOfSchedule })
      .input(z.strictObject({ env: environmentName, id: changeSetId }))
      .mutation(({ input }) => schedules.cancel(input.env, input.id)),
  });
};

import { changeSetId, EVERY_SERVICE, environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { type FreezeWindow, freezeWindow } from "../../domain/environment-settings.ts";
import { guarded, type Rule, router } from "../../server/trpc.ts";

/** Freeze windows of an environment: the interlock refuses whatever falls into one. */
export interface FreezesPort {
  list(env: string): Promise<readonly FreezeWindow[]>;
  /** Takes over those whose time is over. */
  add(env: string, window: FreezeWindow): Promise<readonly FreezeWindow[]>;
  /** Throws NOT_FOUND where there is none of that id. */
  lift(env: string, id: string): Promise<readonly FreezeWindow[]>;
}

const admin: Rule = { role: "admin", on: "environment", services: () => [EVERY_SERVICE] };

/** `freezes.*`: seen by everybody there, set by admins. */
export const createFreezesRouter = (freezes: FreezesPort) =>
  router({
    list: guarded({ role: "viewer", on: "environment" })
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => freezes.list(input.env)),
    add: guarded(admin)
      .input(z.strictObject({ env: environmentName, window: freezeWindow }))
      .mutation(({ input }) => freezes.add(input.env, input.window)),
    lift: guarded(admin)
      .input(z.strictObject({ env: environmentName, id: changeSetId }))
      .mutation(({ input }) => freezes.lift(input.env, input.id)),
  });

import { environmentName, resourceName, serviceName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { SecretService } from "./secret-service.ts";

const serviceOf = (input: unknown): readonly string[] => {
  const { service } = input as { service?: unknown };
  return typeof service === "string" ? [service] : ["*"];
};

/** Secrets in the clear, for admins. Every call is in the audit log. Mutations by method, so that no address holds a name twice. */
export const createSecretsRouter = (secrets: SecretService) =>
  router({
    reveal: guarded({ role: "admin", on: "environment", services: serviceOf })
      .input(z.strictObject({ env: environmentName, service: serviceName, name: resourceName }))
      .mutation(({ input }) => secrets.reveal(input.env, input.service, input.name)),
    serviceKeys: guarded({ role: "admin", on: "environment", services: serviceOf })
      .input(z.strictObject({ env: environmentName, service: serviceName }))
      .mutation(({ input }) => ({ keys: secrets.serviceKeys(input.env, input.service) })),
    renew: guarded({ role: "admin", on: "control" }).mutation(async () => ({ kid: await secrets.renew() })),
    reseal: guarded({ role: "admin", on: "environment", services: () => ["*"] })
      .input(z.strictObject({ env: environmentName }))
      .mutation(async ({ ctx, input }) => ({
        sealed: await secrets.reseal(input.env, ctx.principal.author),
      })),
  });

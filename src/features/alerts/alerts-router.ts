import { changeSetId, EVERY_SERVICE, environmentName, LIMITS } from "@leverframe/agent/protocol";
import * as z from "zod";
import {
  alertRule,
  inhibition,
  matchers,
  receiverName,
  receiverTarget,
  route,
  saleDay,
} from "../../domain/alerts/index.ts";
import { guarded, type Rule, router } from "../../server/trpc.ts";
import type { AlertService } from "./alert-service.ts";

const viewer: Rule = { role: "viewer", on: "environment" };
const admin: Rule = { role: "admin", on: "environment", services: () => [EVERY_SERVICE] };
/** Who operates a service may silence what bears its name; all else asks for a right to every service. */
const silencer: Rule = { role: "operator", on: "environment", services: silencedServices };
/** That people are told again harms nobody: whoever operates anything there may end a silence. */
const operator: Rule = { role: "operator", on: "environment" };

const env = { env: environmentName };
const routing = z.strictObject({
  routes: z.array(route).max(100),
  inhibitions: z.array(inhibition).max(50),
  saleDays: z.array(saleDay).max(100),
});
const matchedServices = z.object({
  match: z.array(z.object({ label: z.string(), op: z.string(), value: z.string() })),
});

function silencedServices(input: unknown): readonly string[] {
  const read = matchedServices.safeParse(input);
  const named = (read.data?.match ?? [])
    .filter(({ label, op }) => label === "service" && op === "=")
    .map(({ value }) => value);
  return named.length === 0 ? [EVERY_SERVICE] : named;
}

/** `alerts.*`: seen by everybody there, silenced by operators, set by admins. */
export const createAlertsRouter = (alerts: AlertService) =>
  router({
    standing: guarded(viewer)
      .input(z.strictObject(env))
      .query(({ input }) => alerts.standing(input.env)),
    settings: guarded(viewer)
      .input(z.strictObject(env))
      .query(({ input }) => alerts.settings(input.env)),
    history: guarded(viewer)
      .input(
        z.strictObject({
          ...env,
          limit: z.number().int().min(1).max(200).default(50),
          before: z.string().max(100).optional(),
          name: z.string().max(100).optional(),
        }),
      )
      .query(({ input: { env: where, limit, before, name } }) =>
        alerts.history(where, {
          limit,
          ...(before === undefined ? {} : { before }),
          ...(name === undefined ? {} : { name }),
        }),
      ),
    putRule: guarded(admin)
      .input(z.strictObject({ ...env, rule: alertRule, before: alertRule.nullable() }))
      .mutation(({ input }) => alerts.putRule(input.env, input.rule, input.before)),
    deleteRule: guarded(admin)
      .input(z.strictObject({ ...env, name: z.string().max(100) }))
      .mutation(({ input }) => alerts.deleteRule(input.env, input.name)),
    putReceiver: guarded(admin)
      .input(
        z.strictObject({
          ...env,
          name: receiverName,
          target: receiverTarget.optional(),
          sendResolved: z.boolean().default(true),
        }),
      )
      .mutation(({ input: { env: where, name, target, sendResolved } }) =>
        alerts.putReceiver(where, { name, sendResolved, ...(target === undefined ? {} : { target }) }),
      ),
    deleteReceiver: guarded(admin)
      .input(z.strictObject({ ...env, name: receiverName }))
      .mutation(({ input }) => alerts.deleteReceiver(input.env, input.name)),
    tryReceiver: guarded(admin)
      .input(z.strictObject({ ...env, name: receiverName }))
      .mutation(({ input, ctx }) => alerts.tryReceiver(input.env, input.name, ctx.principal.author.id)),
    setRouting: guarded(admin)
      .input(z.strictObject({ ...env, ...routing.shape, before: routing.optional() }))
      .mutation(({ input: { env: where, before, ...next } }) => alerts.setRouting(where, next, before)),
    silence: guarded(silencer)
      .input(
        z.strictObject({
          ...env,
          match: matchers.min(1, { error: "a silence must match by at least one label" }),
          to: z.iso.datetime({ error: "to must be a time such as 2026-11-23T03:00:00Z" }),
          reason: z
            .string()
            .trim()
            .min(1, { error: "reason must not be empty: say why nobody is told" })
            .max(LIMITS.reasonLength),
        }),
      )
      .mutation(({ input: { env: where, ...asked }, ctx }) =>
        alerts.silence(where, asked, ctx.principal.author.id),
      ),
    endSilence: guarded(operator)
      .input(z.strictObject({ ...env, id: changeSetId }))
      .mutation(({ input }) => alerts.endSilence(input.env, input.id)),
  });

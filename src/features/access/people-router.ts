import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import { scopeSchema, subjectSchema } from "./access-records.ts";
import type { PeopleService } from "./people-service.ts";
import type { TokenService } from "./token-service.ts";

const admin = guarded({ role: "admin", on: "control" });
const own = guarded({ role: "viewer", on: "self" });

const label = (what: string, length: number) =>
  z
    .string({ error: `${what} must be text` })
    .trim()
    .min(1, { error: `${what} must not be empty` })
    .max(length, { error: `${what} must be at most ${length} characters` });
const personId = label("person", 200);
const onePerson = z.strictObject({ person: personId });

/** Who there is. */
export const createPeopleRouter = (people: PeopleService) =>
  router({
    list: admin.query(() => people.list()),
    create: admin
      .input(
        z.strictObject({
          email: z.email({ error: "email must be an address such as ann@example.com" }).max(320),
          name: label("name", 200),
        }),
      )
      .mutation(({ input }) => people.create(input)),
    invite: admin.input(onePerson).mutation(({ input }) => people.invite(input.person)),
    disable: admin.input(onePerson).mutation(({ ctx, input }) => people.disable(input.person, ctx.principal)),
    enable: admin.input(onePerson).mutation(({ input }) => people.enable(input.person)),
    revokeSessions: admin.input(onePerson).mutation(({ input }) => people.revokeSessions(input.person)),
  });

/** Who may do what. */
export const createGrantsRouter = (people: PeopleService) =>
  router({
    list: admin.query(() => people.grants()),
    give: admin
      .input(z.strictObject({ subject: subjectSchema, ...scopeSchema.shape }))
      .mutation(({ ctx, input: { subject, ...scope } }) => people.give(subject, scope, ctx.principal)),
    take: admin
      .input(z.strictObject({ id: label("id", 200) }))
      .mutation(({ input }) => people.take(input.id)),
  });

/** One's own tokens; those of others and of machines for admins of everything. */
export const createTokensRouter = (tokens: TokenService) =>
  router({
    list: own.query(({ ctx }) => tokens.list(ctx.principal)),
    create: own
      .input(
        z.strictObject({
          name: label("name", 100),
          scopes: z.array(scopeSchema).min(1, { error: "scopes must hold at least one right" }).max(32),
          expiresInDays: z
            .int({ error: "expiresInDays must be whole days" })
            .min(1)
            .max(366, { error: "expiresInDays must be at most 366" })
            .default(90),
          machine: z.boolean().default(false),
        }),
      )
      .mutation(({ ctx, input }) => tokens.create(input, ctx.principal)),
    revoke: own
      .input(
        z.strictObject({
          key: z.string().regex(/^[0-9a-f]{16}$/, { error: "key must be 16 of 0-9 and a-f" }),
        }),
      )
      .mutation(({ ctx, input }) => tokens.revoke(input.key, ctx.principal)),
    /** A new token for emergencies; the one before counts no more. */
    breakGlass: admin.mutation(({ ctx }) => tokens.breakGlass(ctx.principal)),
  });

import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import type { DomainError } from "../../domain/errors.ts";
import { isDomainError } from "../../domain/errors.ts";
import { router, signedInProcedure } from "../../server/trpc.ts";
import type { Publisher } from "./publish-service.ts";

/** Checked by the publisher, once: it refuses whatever is not a request, and names the field. */
const anything = (value: unknown): Omit<ChangeSetRequest, "author"> =>
  (typeof value === "object" && value !== null ? value : {}) as Omit<ChangeSetRequest, "author">;

/** `publish.commit` and `publish.dryRun`: the author is whoever signed in. */
export const createPublishRouter = (publisher: Publisher, onRefused: (error: DomainError) => void) =>
  router({
    commit: signedInProcedure.input(anything).mutation(async ({ ctx, input }) => {
      try {
        return await publisher.publish({ ...input, author: ctx.principal.author });
      } catch (error) {
        if (isDomainError(error)) onRefused(error);
        throw error;
      }
    }),
    /** A mutation by method only, since a body may be large: it changes nothing. */
    dryRun: signedInProcedure
      .input(anything)
      .mutation(({ ctx, input }) => publisher.dryRun({ ...input, author: ctx.principal.author })),
  });

import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import type { DomainError } from "../../domain/errors.ts";
import { isDomainError } from "../../domain/errors.ts";
import { guarded, type Rule, router } from "../../server/trpc.ts";
import type { Publisher } from "./publish-service.ts";

/** Checked by the publisher, once: it refuses whatever is not a request, and names the field. */
const anything = (value: unknown): Omit<ChangeSetRequest, "author"> =>
  (typeof value === "object" && value !== null ? value : {}) as Omit<ChangeSetRequest, "author">;

/** Services that a request touches, `*` included, as far as it can be read: what can't be is refused afterwards. */
export function servicesOfEdits(input: unknown): readonly string[] {
  const edits = (input as { readonly edits?: unknown } | null | undefined)?.edits;
  const services = (Array.isArray(edits) ? edits : []).map(
    (edit: unknown) => (edit as { readonly service?: unknown } | null | undefined)?.service,
  );
  return [...new Set(services.filter((service) => typeof service === "string"))];
}

const operator: Rule = { role: "operator", on: "environment", services: servicesOfEdits };

/** `publish.commit` and `publish.dryRun`: the author is whoever signed in. */
export const createPublishRouter = (publisher: Publisher, onRefused: (error: DomainError) => void) =>
  router({
    commit: guarded(operator)
      .input(anything)
      .mutation(async ({ ctx, input }) => {
        try {
          return await publisher.publish({ ...input, author: ctx.principal.author });
        } catch (error) {
          if (isDomainError(error)) onRefused(error);
          throw error;
        }
      }),
    /** A mutation by method only, since a body may be large: it changes nothing. */
    dryRun: guarded(operator)
      .input(anything)
      .mutation(({ ctx, input }) => publisher.dryRun({ ...input, author: ctx.principal.author })),
  });

import type { Author } from "@leverframe/agent/protocol";
import { openProcedure, router, signedInProcedure } from "../../server/trpc.ts";

/** Who is looking, and what there is to look at. */
export interface SessionView {
  readonly signedIn: boolean;
  readonly author: Author | null;
  readonly environments: readonly { readonly name: string }[];
  readonly version: string;
}

export interface AccessPort {
  environments(): readonly string[];
  createLoginLink(): Promise<string>;
  readonly version: string;
}

export const createSessionRouter = (access: AccessPort) =>
  router({
    me: openProcedure.query(
      ({ ctx }): SessionView => ({
        signedIn: ctx.principal !== undefined,
        author: ctx.principal?.author ?? null,
        environments: ctx.principal === undefined ? [] : access.environments().map((name) => ({ name })),
        version: ctx.principal === undefined ? "" : access.version,
      }),
    ),
    createLoginLink: signedInProcedure.mutation(async () => ({ url: await access.createLoginLink() })),
  });

import { environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import type { SearchAnswer } from "./search-service.ts";

export interface SearchPort {
  /** Rejects with NOT_FOUND for an environment that nobody made. */
  find(env: string, query: string): Promise<SearchAnswer>;
}

/** Whoever may see one service of an environment sees the whole of it, and so finds all of it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createSearchRouter = (search: SearchPort) =>
  router({
    find: guarded(viewer)
      .input(z.strictObject({ env: environmentName, query: z.string().max(200) }))
      .query(({ input }) => search.find(input.env, input.query)),
  });

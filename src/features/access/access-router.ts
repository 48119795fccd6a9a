import type { Author } from "@leverframe/agent/protocol";
import { allows, allowsControl, type Scope } from "../../domain/access.ts";
import { guarded, openProcedure, router } from "../../server/trpc.ts";
import { type Principal, personOf } from "./principal.ts";

/** Who is looking, what there is to look at, and what may be done to it. */
export interface SessionView {
  readonly signedIn: boolean;
  readonly author: Author | null;
  /** The name to show: a person's, or a token's. */
  readonly name: string;
  /** Only those that the caller may see. */
  readonly environments: readonly { readonly name: string }[];
  /** So that the console can grey out what would be refused; for a person's token, the token's own. */
  readonly scopes: readonly Scope[];
  /** Whether people, grants, tokens and environments are the caller's to change. */
  readonly controlAdmin: boolean;
  readonly version: string;
}

export interface AccessPort {
  environments(): readonly string[];
  createLoginLink(): Promise<string>;
  personName(id: string): string | undefined;
  readonly version: string;
}

const NOBODY: SessionView = {
  signedIn: false,
  author: null,
  name: "",
  environments: [],
  scopes: [],
  controlAdmin: false,
  version: "",
};

/** `session.me` is open, and says nothing to whom it does not know. */
export const createSessionRouter = (access: AccessPort) =>
  router({
    me: openProcedure.query(({ ctx }) => viewOf(access, ctx.principal)),
    /** The link signs in as the first admin. */
    createLoginLink: guarded({ role: "admin", on: "control" }).mutation(async () => ({
      url: await access.createLoginLink(),
    })),
  });

function viewOf(access: AccessPort, principal: Principal | undefined): SessionView {
  if (principal === undefined) return NOBODY;
  const person = personOf(principal);
  const scopes = principal.scopes.map(({ role, env, services }) => ({ role, env, services }));
  const held = principal.owner?.scopes ?? scopes;
  const seen = (env: string): boolean =>
    [scopes, held].every((one) => allows(one, { role: "viewer", env, services: [] }));
  return {
    signedIn: true,
    author: principal.author,
    name: (person === undefined ? undefined : access.personName(person)) ?? principal.author.id,
    environments: access
      .environments()
      .filter(seen)
      .map((name) => ({ name })),
    scopes,
    controlAdmin: [scopes, held].every((one) => allowsControl(one, "admin")),
    version: access.version,
  };
}

import { describeIssues, environmentName, serviceName } from "@leverframe/agent/protocol";
import { describeNeed } from "../../domain/access.ts";
import { DomainError } from "../../domain/errors.ts";
import { type Principal, permits } from "../access/principal.ts";

/** Whose flags are evaluated. */
export interface Place {
  readonly env: string;
  readonly service: string;
}

/** As a request names it: by header, or in the query. */
export type NamedPlace = { readonly [Part in keyof Place]: string | undefined };

/** How a request names it, for a sentence. */
const HOW = "Name it by the headers leverframe-env and leverframe-service, or by ?env= and ?service=.";

/**
 * Where a token evaluates: the environment and the service that the request names, or the only ones that the token's
 * rights name. Throws INVALID where that is not one place, FORBIDDEN where the token has no right to read it.
 */
export function placeOf(principal: Principal, named: NamedPlace): Place {
  const env = named.env ?? onlyOne(principal.scopes.map((scope) => scope.env));
  const services = principal.scopes.filter((scope) => scope.env === "*" || scope.env === env);
  const service = named.service ?? onlyOne(services.map((scope) => scope.services));
  if (env === undefined) {
    throw new DomainError("INVALID", `This token is not bound to one environment. ${HOW}`);
  }
  if (services.length === 0) {
    throw new DomainError("FORBIDDEN", describeNeed({ role: "viewer", env, services: [] }));
  }
  if (service === undefined) {
    throw new DomainError("INVALID", `This token is not bound to one service. ${HOW}`);
  }
  for (const [schema, value] of [
    [environmentName, env],
    [serviceName, service],
  ] as const) {
    const checked = schema.safeParse(value);
    if (!checked.success) throw new DomainError("INVALID", describeIssues(checked.error));
  }
  const need = { role: "viewer", env, services: [service] } as const;
  if (!permits(principal, need)) throw new DomainError("FORBIDDEN", describeNeed(need));
  return { env, service };
}

/** The one name that rights speak of; globs are no name. */
function onlyOne(names: readonly string[]): string | undefined {
  const distinct = new Set(names);
  const [only] = distinct;
  return distinct.size === 1 && only !== undefined && !only.includes("*") ? only : undefined;
}

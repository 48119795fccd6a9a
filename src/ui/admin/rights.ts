import type { SessionView } from "../api/contract.ts";
import type { Role, Scope } from "./api.ts";

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };
const EVERY = "*";

/** Whether a glob of services covers one: `*`, a name, or the start of names and a `*`. */
function covers(glob: string, service: string): boolean {
  if (glob === EVERY) return true;
  if (service === EVERY) return false;
  return glob.endsWith("*") ? service.startsWith(glob.slice(0, -1)) : glob === service;
}

/**
 * Whether rights suffice in an environment; without services, a right for any service there will do. For greying out
 * alone: the control plane decides (`domain/access.ts`, whose code does not come into the page). Pure.
 */
export function mayIn(
  scopes: readonly Scope[],
  role: Role,
  env: string,
  services: readonly string[] = [],
): boolean {
  const there = scopes.filter(
    (scope) => RANK[scope.role] >= RANK[role] && (scope.env === EVERY || scope.env === env),
  );
  if (services.length === 0) return there.length > 0;
  return services.every((service) => there.some((scope) => covers(scope.services, service)));
}

/** Whether somebody may give this right away, as a token's: nobody gives more than they hold. Pure. */
export const holds = (scopes: readonly Scope[], wanted: Scope): boolean =>
  scopes.some(
    (scope) =>
      RANK[scope.role] >= RANK[wanted.role] &&
      (scope.env === EVERY || scope.env === wanted.env) &&
      (scope.services === EVERY ||
        scope.services === wanted.services ||
        (scope.services.endsWith("*") &&
          wanted.services !== EVERY &&
          wanted.services.startsWith(scope.services.slice(0, -1)))),
  );

export type WhyNot = "own" | "right";

/** Why somebody may not decide on what waits; undefined where they may. Its author may take it back. Pure. */
export function whyNotDecide(
  session: SessionView,
  env: string,
  waiting: { readonly person: string; readonly levers: readonly string[] },
  what: "approve" | "reject" | "acknowledge",
): WhyNot | undefined {
  if (what !== "reject" && waiting.person === session.author?.id) return "own";
  const services = [...new Set(waiting.levers.map((lever) => lever.split("/")[0] ?? ""))];
  return mayIn(session.scopes, "operator", env, services) ? undefined : "right";
}

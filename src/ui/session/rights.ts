"use client";

import type { SessionView } from "../api/contract.ts";
import { useSession } from "../frame/environment.tsx";

export type Scope = SessionView["scopes"][number];
export type Role = Scope["role"];

const RANK: Readonly<Record<Role, number>> = { reporter: 0, viewer: 1, operator: 2, admin: 3 };
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

/** `mayIn` for whoever is signed in; true until that is known. */
export function useMayIn(role: Role, env: string, services: readonly string[] = []): boolean {
  const { data } = useSession();
  return data === undefined || mayIn(data.scopes, role, env, services);
}

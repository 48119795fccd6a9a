"use client";

import type { SessionView } from "../api/contract.ts";
import { useSession } from "../frame/environment.tsx";

type Scope = SessionView["scopes"][number];

const RANK = { viewer: 0, operator: 1, admin: 2 } as const;

const covers = (glob: string, service: string): boolean =>
  glob === "*" ||
  (service !== "*" && (glob.endsWith("*") ? service.startsWith(glob.slice(0, -1)) : glob === service));

/**
 * Whether rights suffice for services in an environment; with no service, a right for any will do. It only greys out:
 * the server decides (src/domain/access.ts). Pure.
 */
export function allows(
  scopes: readonly Scope[],
  role: keyof typeof RANK,
  env: string,
  services: readonly string[],
): boolean {
  const there = scopes.filter(
    (scope) => RANK[scope.role] >= RANK[role] && (scope.env === "*" || scope.env === env),
  );
  if (services.length === 0) return there.length > 0;
  return services.every((service) => there.some((scope) => covers(scope.services, service)));
}

/** The same for whoever is signed in; true until it is known. */
export function useAllows(role: keyof typeof RANK, env: string, services: readonly string[]): boolean {
  const session = useSession();
  return session.data === undefined || allows(session.data.scopes, role, env, services);
}

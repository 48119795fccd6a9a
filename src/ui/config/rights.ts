import type { SessionView } from "../api/contract.ts";
import { useSession } from "../frame/environment.tsx";

const RANK = { viewer: 0, operator: 1, admin: 2 } as const;
type Role = keyof typeof RANK;

const covers = (glob: string, service: string): boolean => {
  if (glob === "*") return true;
  if (service === "*") return false;
  return glob.endsWith("*") ? service.startsWith(glob.slice(0, -1)) : glob === service;
};

/** Whether a session's rights reach: for greying out only, the control plane judges again. Pure. */
export const reaches = (scopes: SessionView["scopes"], role: Role, env: string, service: string): boolean =>
  scopes.some(
    (scope) =>
      RANK[scope.role] >= RANK[role] &&
      (scope.env === "*" || scope.env === env) &&
      covers(scope.services, service),
  );

/** What whoever is signed in may do with the configs of a service; everything while that is not known. */
export function useRights(env: string, service: string): { operator: boolean; admin: boolean } {
  const { data } = useSession();
  const may = (role: Role) => data === undefined || reaches(data.scopes, role, env, service);
  return { operator: may("operator"), admin: may("admin") };
}

/** Whether whoever is signed in may change the configs of any service there. */
export function useMaySomewhere(env: string): boolean {
  const { data } = useSession();
  if (data === undefined) return true;
  return data.scopes.some((scope) => scope.role !== "viewer" && (scope.env === "*" || scope.env === env));
}

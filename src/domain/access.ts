import { EVERY_SERVICE } from "@leverframe/agent/protocol";

/**
 * What somebody may do; each includes those before it. A reporter may send telemetry and alerts of its environment and
 * services, and sees nothing.
 */
export const ROLES = ["reporter", "viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Every environment, and every service. */
export const EVERYWHERE = "*";

/** A right: a role in an environment (or `*`) for services by glob: `*`, a name, or the start of names and a `*`. */
export interface Scope {
  readonly role: Role;
  readonly env: string;
  readonly services: string;
}

export interface Subject {
  readonly kind: "person" | "token";
  readonly id: string;
}

/** A right that was given to somebody. */
export interface Grant extends Scope {
  readonly id: string;
  readonly subject: Subject;
}

/** What is asked for. `services` empty: a right for any service there will do. */
export interface Need {
  readonly role: Role;
  readonly env: string;
  readonly services: readonly string[];
}

export const ADMIN_EVERYWHERE: Scope = { role: "admin", env: EVERYWHERE, services: EVERYWHERE };

const rank = (role: Role): number => ROLES.indexOf(role);

/** Whether a glob covers a service. A lever of every service (`*`) is covered by the glob `*` alone. */
export function coversService(glob: string, service: string): boolean {
  if (glob === EVERYWHERE) return true;
  if (service === EVERY_SERVICE) return false;
  return glob.endsWith("*") ? service.startsWith(glob.slice(0, -1)) : glob === service;
}

const coversPlace = (scope: Scope, role: Role, env: string): boolean =>
  rank(scope.role) >= rank(role) && (scope.env === EVERYWHERE || scope.env === env);

/** Whether rights suffice: each service needs one right that covers it; which, may differ from service to service. */
export function allows(scopes: readonly Scope[], need: Need): boolean {
  const there = scopes.filter((scope) => coversPlace(scope, need.role, need.env));
  if (need.services.length === 0) return there.length > 0;
  return need.services.every((service) => there.some((scope) => coversService(scope.services, service)));
}

/** Whether rights reach over the whole control plane: people, grants, tokens, environments. */
export const allowsControl = (scopes: readonly Scope[], role: Role): boolean =>
  scopes.some(
    (scope) => rank(scope.role) >= rank(role) && scope.env === EVERYWHERE && scope.services === EVERYWHERE,
  );

/** Whether rights allow nothing but to send telemetry. */
export const reportsOnly = (scopes: readonly Scope[]): boolean =>
  scopes.length > 0 && scopes.every((scope) => scope.role === "reporter");

/** Whether a right lies within others: nobody hands out, or makes a token of, more than they hold. */
export function withinScopes(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.some(
    (scope) =>
      rank(scope.role) >= rank(wanted.role) &&
      (scope.env === EVERYWHERE || scope.env === wanted.env) &&
      globWithin(scope.services, wanted.services),
  );
}

function globWithin(outer: string, inner: string): boolean {
  if (outer === EVERYWHERE || outer === inner) return true;
  return outer.endsWith("*") && inner !== EVERYWHERE && inner.startsWith(outer.slice(0, -1));
}

/** Whether something that was held before is not held any more. */
export const lostAny = (before: readonly Scope[], now: readonly Scope[]): boolean =>
  before.some((scope) => !withinScopes(now, scope));

/** Which right is missing and who can give it; names no person. */
export function describeNeed(need: Need): string {
  const services = need.services.filter((service) => service !== EVERY_SERVICE);
  const where = need.services.includes(EVERY_SERVICE)
    ? " for every service (*)"
    : services.length === 0
      ? ""
      : ` for ${services.slice(0, 5).join(", ")}${services.length > 5 ? ` and ${services.length - 5} more` : ""}`;
  return `This needs the role ${need.role} in ${need.env}${where}. An admin of all environments can grant it.`;
}

export const describeControlNeed = (role: Role): string =>
  `This needs the role ${role} in every environment for every service. Another such admin can grant it.`;

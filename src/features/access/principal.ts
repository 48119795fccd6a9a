import type { Author } from "@leverframe/agent/protocol";
import { allows, allowsControl, type Need, type Role, type Scope } from "../../domain/access.ts";

/** Who asks, and what they may do at this moment. */
export interface Principal {
  readonly author: Author;
  readonly scopes: readonly Scope[];
  /** Whose token this is: it does no more than its owner may. Absent for a machine's. */
  readonly owner?: { readonly person: string; readonly scopes: readonly Scope[] };
  /** Of a session made by signing in. */
  readonly session?: { readonly sid: string; readonly expiresAtMs: number };
  /** The one token for emergencies: each use is told loudly. */
  readonly breakGlass?: true;
}

/** The human being behind it; undefined for a machine. */
export const personOf = (principal: Principal): string | undefined =>
  principal.author.kind === "person" ? principal.author.id : principal.owner?.person;

/** Whether somebody may do something in an environment. */
export const permits = (principal: Principal, need: Need): boolean =>
  allows(principal.scopes, need) && (principal.owner === undefined || allows(principal.owner.scopes, need));

/** Whether somebody may do something with the control plane itself. */
export const permitsControl = (principal: Principal, role: Role): boolean =>
  allowsControl(principal.scopes, role) &&
  (principal.owner === undefined || allowsControl(principal.owner.scopes, role));

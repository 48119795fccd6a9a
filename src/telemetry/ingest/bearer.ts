import { environmentName } from "@leverframe/agent/protocol";
import { allows, describeNeed, type Scope } from "../../domain/access.ts";

/** A token that counts: by hash, as the control plane told it. */
export interface TokenRights {
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** Of whose token it is: it does no more than they may. */
  readonly ownerScopes?: readonly Scope[] | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined;
}

const NO_ENVIRONMENT =
  "This token counts in several environments: set the resource attribute deployment.environment.name.";

/** Who sends telemetry, and for which environment and services. */
export class Bearer {
  readonly #rights: TokenRights;
  readonly #only: string | undefined;

  constructor(rights: TokenRights) {
    this.#rights = rights;
    const named = new Set(rights.scopes.map(({ env }) => env));
    const [only] = named;
    this.#only = named.size === 1 && only !== "*" ? only : undefined;
  }

  /** Whether it may report anything at all. */
  get reports(): boolean {
    return this.#rights.scopes.length > 0;
  }

  isOver(nowMs: number): boolean {
    return this.#rights.expiresAtMs !== undefined && this.#rights.expiresAtMs <= nowMs;
  }

  /**
   * Where a service's rows go: the one environment that the token names, whatever the resource says; else the
   * resource's own, if the token covers it. Words for people where it may not.
   */
  place(service: string, named: string | undefined): { readonly env: string } | string {
    const env = this.#only ?? named;
    if (env === undefined || !environmentName.safeParse(env).success) return NO_ENVIRONMENT;
    const need = { role: "reporter", env, services: [service] } as const;
    const { scopes, ownerScopes } = this.#rights;
    const may = allows(scopes, need) && (ownerScopes === undefined || allows(ownerScopes, need));
    return may ? { env } : describeNeed(need);
  }
}

import { randomBytes } from "node:crypto";
import { ADMIN_EVERYWHERE, describeControlNeed, type Scope, withinScopes } from "../../domain/access.ts";
import { DomainError } from "../../domain/errors.ts";
import { type AccessStore, scopesOfToken } from "./access-records.ts";
import { AccessService, hashOf } from "./access-service.ts";
import { type Principal, permitsControl, personOf } from "./principal.ts";

/** A token as the list shows it: never its text, which nobody has. */
export interface TokenRow {
  /** Names it here: the beginning of its hash. */
  readonly key: string;
  /** Its name as an author. */
  readonly id: string;
  readonly name: string;
  /** Whose it is; null for a machine's. */
  readonly owner: string | null;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly createdBy: string | null;
  readonly expiresAt: string | null;
  readonly expired: boolean;
  readonly breakGlass: boolean;
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays: number;
  /** Of nobody: it lives on when its maker goes. For admins of everything. */
  readonly machine: boolean;
}

/** The author's id of whoever uses the token for emergencies; no other token can have it. */
export const BREAK_GLASS = "break-glass";
const TOKENS = 5_000;
const TOKENS_OF_ONE = 50;
const DAY_MS = 24 * 3_600_000;
const KEY_LENGTH = 16;

/** API tokens: hashed, scoped, ending. People hold their own; admins of everything make those of machines. */
export class TokenService {
  readonly #store: AccessStore;
  readonly #now: () => number;

  constructor(store: AccessStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** All of them for an admin of everything, one's own for others. */
  list(by: Principal): readonly TokenRow[] {
    const all = permitsControl(by, "admin");
    const person = personOf(by);
    return this.#store
      .tokens()
      .filter(({ token }) => token.revokedAt === undefined)
      .filter(({ token }) => all || (person !== undefined && token.owner === person))
      .map(({ hash, token }) => ({
        key: hash.slice(0, KEY_LENGTH),
        id: token.id,
        name: token.name ?? token.id,
        owner: token.owner ?? null,
        scopes: scopesOfToken(token),
        createdAt: token.createdAt,
        createdBy: token.createdBy ?? null,
        expiresAt: token.expiresAt ?? null,
        expired: token.expiresAt !== undefined && Date.parse(token.expiresAt) <= this.#now(),
        breakGlass: token.breakGlass === true,
      }))
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.key.localeCompare(b.key));
  }

  /** Gives the text once; only its hash is kept. Throws FORBIDDEN for more than its maker holds. */
  async create(
    wanted: NewToken,
    by: Principal,
  ): Promise<{ readonly token: string; readonly key: string; readonly id: string }> {
    if (by.owner !== undefined) {
      throw new DomainError("FORBIDDEN", "A person's token makes no tokens. Sign in to make one.");
    }
    const owner = wanted.machine ? undefined : by.author.kind === "person" ? by.author.id : undefined;
    if (owner === undefined && !permitsControl(by, "admin")) {
      throw new DomainError(
        "FORBIDDEN",
        `A token of a machine is made by admins. ${describeControlNeed("admin")}`,
      );
    }
    const beyond = wanted.scopes.find((scope) => !withinScopes(by.scopes, scope));
    if (beyond !== undefined) {
      throw new DomainError(
        "FORBIDDEN",
        `You are not ${beyond.role} in ${beyond.env} for ${beyond.services} yourself: a token holds no more than its maker.`,
      );
    }
    this.#refuseTooMany(owner);
    const now = this.#now();
    const id = `${slugOf(wanted.name)}-${randomBytes(4).toString("hex")}`;
    return this.#keep(id, {
      name: wanted.name,
      ...(owner === undefined ? {} : { owner }),
      scopes: wanted.scopes.map(({ role, env, services }) => ({ role, env, services })),
      createdBy: by.author.id,
      expiresAt: new Date(now + wanted.expiresInDays * DAY_MS).toISOString(),
    });
  }

  /** Counts for nothing from now on, on every replica. Throws NOT_FOUND, also for one that is another's. */
  async revoke(key: string, by: Principal): Promise<void> {
    const row = this.list(by).find((one) => one.key === key);
    const found = this.#store.tokens().find(({ hash }) => row !== undefined && hash.startsWith(key));
    if (found === undefined) {
      throw new DomainError("NOT_FOUND", `You have no token ${key}. Look: leverframe tokens list.`);
    }
    if (found.token.expiresAt === undefined) {
      const revokedAt = new Date(this.#now()).toISOString();
      await this.#store.putToken(found.hash, { ...found.token, revokedAt });
    } else await this.#store.removeToken(found.hash);
  }

  /** The one token for emergencies, in place of the one before. It never ends, and each use of it is told. */
  async breakGlass(
    by: Principal,
  ): Promise<{ readonly token: string; readonly key: string; readonly id: string }> {
    const before = this.#store.tokens().filter(({ token }) => token.breakGlass === true);
    return this.#keep(
      BREAK_GLASS,
      { name: "break glass", scopes: [ADMIN_EVERYWHERE], createdBy: by.author.id, breakGlass: true },
      before.map(({ hash }) => hash),
    );
  }

  async #keep(
    id: string,
    record: Omit<Parameters<AccessStore["putToken"]>[1], "id" | "createdAt">,
    replaces: readonly string[] = [],
  ): Promise<{ token: string; key: string; id: string }> {
    const token = AccessService.newToken();
    const hash = hashOf(token);
    const createdAt = new Date(this.#now()).toISOString();
    await this.#store.putToken(hash, { id, createdAt, ...record }, { replaces });
    return { token, key: hash.slice(0, KEY_LENGTH), id };
  }

  #refuseTooMany(owner: string | undefined): void {
    const standing = this.#store.tokens();
    const own = standing.filter(({ token }) => owner !== undefined && token.owner === owner);
    if (own.length >= TOKENS_OF_ONE || standing.length >= TOKENS) {
      throw new DomainError("TOO_LARGE", "There are too many tokens. Revoke those that nobody uses.");
    }
  }
}

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40) || "token";

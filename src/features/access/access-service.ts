import { hash, randomBytes } from "node:crypto";
import { DomainError } from "../../domain/errors.ts";
import { cookieValue, type Principal, readSession, SESSION_COOKIE, signSession } from "./session-cookie.ts";

/** What signing in needs of etcd. Only hashes are stored. */
export interface AccessStore {
  /** Keeps a one-time code for `ttlSeconds`. */
  putCode(hash: string, ttlSeconds: number): Promise<void>;
  /** Takes a code away; true for exactly one caller. */
  takeCode(hash: string): Promise<boolean>;
  putToken(hash: string, id: string): Promise<void>;
  /** The id of a token, from memory: works while etcd is away. */
  tokenId(hash: string): string | undefined;
}

export interface AccessOptions {
  readonly store: AccessStore;
  readonly sessionKey: string;
  readonly now: () => number;
}

export const CODE_TTL_SECONDS = 15 * 60;
const SESSION_MS = 12 * 3_600_000;
const EXCHANGES_PER_MINUTE = 30;

const hashOf = (secret: string): string => hash("sha256", secret);

/** Signs people in by one-time links, and programs by tokens. */
export class AccessService {
  readonly #options: AccessOptions;
  readonly #local = new Map<string, string>();
  #window = { startMs: 0, exchanges: 0 };

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Makes a code that signs one person in within a quarter of an hour. */
  async createCode(): Promise<string> {
    const code = randomBytes(24).toString("base64url");
    await this.#options.store.putCode(hashOf(code), CODE_TTL_SECONDS);
    return code;
  }

  /** Takes a code for a session. Throws UNAUTHENTICATED for one that is wrong, used or late; RATE_LIMITED past 30 a minute. */
  async exchange(code: string): Promise<{ readonly cookie: string; readonly maxAgeSeconds: number }> {
    this.#limit();
    if (!/^[A-Za-z0-9_-]{32}$/.test(code) || !(await this.#options.store.takeCode(hashOf(code)))) {
      throw new DomainError(
        "UNAUTHENTICATED",
        "This link was used already, or is too old. Make another: npx leverframe login",
      );
    }
    const expiresAtMs = this.#options.now() + SESSION_MS;
    const value = signSession(
      { author: { kind: "person", id: "admin" }, expiresAtMs },
      this.#options.sessionKey,
    );
    return { cookie: value, maxAgeSeconds: SESSION_MS / 1000 };
  }

  /** Makes a token for a program, and gives its text, which is stored nowhere. */
  async createToken(id: string): Promise<string> {
    const token = `lf_${randomBytes(24).toString("base64url")}`;
    await this.#options.store.putToken(hashOf(token), id);
    return token;
  }

  /**
   * Lets the token of this machine's own CLI count whatever becomes of etcd: when its data is wiped, the operator must
   * still get in to say what to do. Writes it to etcd too where it is not there, for other replicas.
   */
  async keepLocalToken(token: string, id: string): Promise<void> {
    const hashed = hashOf(token);
    this.#local.set(hashed, id);
    if (this.#options.store.tokenId(hashed) === undefined) await this.#options.store.putToken(hashed, id);
  }

  /** Who sends these headers; undefined where nobody signed in. */
  authenticate(headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
  }): Principal | undefined {
    const bearer = /^Bearer (\S{1,200})$/.exec(headers.authorization ?? "")?.[1];
    if (bearer !== undefined) {
      const hashed = hashOf(bearer);
      const id = this.#options.store.tokenId(hashed) ?? this.#local.get(hashed);
      return id === undefined ? undefined : { author: { kind: "token", id } };
    }
    const session = cookieValue(headers.cookie, SESSION_COOKIE);
    return session === undefined
      ? undefined
      : readSession(session, this.#options.sessionKey, this.#options.now());
  }

  #limit(): void {
    const now = this.#options.now();
    if (now - this.#window.startMs > 60_000) this.#window = { startMs: now, exchanges: 0 };
    this.#window.exchanges += 1;
    if (this.#window.exchanges > EXCHANGES_PER_MINUTE) {
      throw new DomainError("RATE_LIMITED", "Too many tries to sign in. Wait a minute.");
    }
  }
}

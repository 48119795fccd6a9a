import { hash, randomBytes } from "node:crypto";
import type { Author } from "@leverframe/agent/protocol";
import { ADMIN_EVERYWHERE, type Scope } from "../../domain/access.ts";
import { DomainError } from "../../domain/errors.ts";
import {
  type AccessStore,
  type CodeRecord,
  type Person,
  scopesOfToken,
  type TokenRecord,
} from "./access-records.ts";
import type { Principal } from "./principal.ts";
import {
  cookieValue,
  readSession,
  SESSION_COOKIE,
  type SessionClaim,
  signSession,
} from "./session-cookie.ts";
import { readTicket, type StreamTicket, signTicket } from "./stream-ticket.ts";

export interface AccessOptions {
  readonly store: AccessStore;
  readonly sessionKey: string;
  readonly now: () => number;
}

/** What `Set-Cookie` needs. */
export interface SignedIn {
  readonly person: string;
  readonly cookie: string;
  readonly maxAgeSeconds: number;
}

export const CODE_TTL_SECONDS = 15 * 60;
export const INVITATION_TTL_SECONDS = 7 * 24 * 3_600;
/** The person whom the login link signs in, made at the first start. */
export const FIRST_ADMIN = "admin";
const SESSION_MS = 12 * 3_600_000;
const EXCHANGES_PER_MINUTE = 30;

export const hashOf = (secret: string): string => hash("sha256", secret);
export const newSecret = (): string => randomBytes(24).toString("base64url");
const isCode = (text: string): boolean => /^[A-Za-z0-9_-]{32}$/.test(text);

/**
 * Says who sends a request, and what they may do at this moment: from the mirrored records and a signature alone, so
 * that it works with SQL down and on every replica. People sign in by one-time links, or elsewhere by a proof of who
 * they are; programs by tokens.
 */
export class AccessService {
  readonly #options: AccessOptions;
  readonly #local = new Map<string, TokenRecord>();
  #window = { startMs: 0, exchanges: 0 };

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Makes the first admin, where nobody of that name stands; again after etcd's data was lost. */
  async ensureFirstAdmin(): Promise<void> {
    const { store, now } = this.#options;
    if (store.person(FIRST_ADMIN) !== undefined) return;
    const createdAt = new Date(now()).toISOString();
    const person: Person = {
      id: FIRST_ADMIN,
      email: "",
      name: "First admin",
      disabled: false,
      sessionsValidFromMs: now(),
      createdAt,
    };
    const subject = { kind: "person", id: FIRST_ADMIN } as const;
    const grant = { id: FIRST_ADMIN, subject, ...ADMIN_EVERYWHERE, createdAt, createdBy: "first start" };
    await store.addPerson(person, [grant]);
  }

  /** Makes a code that signs the first admin in within a quarter of an hour. */
  async createCode(): Promise<string> {
    await this.ensureFirstAdmin();
    return this.#putCode({ person: FIRST_ADMIN, purpose: "login" }, CODE_TTL_SECONDS);
  }

  /** Makes a code by which one person sets a password within a week. */
  createInvitation(person: string): Promise<string> {
    return this.#putCode({ person, purpose: "invitation" }, INVITATION_TTL_SECONDS);
  }

  /** Takes a code for a session. Throws UNAUTHENTICATED for one that is wrong, used or late; RATE_LIMITED past 30 a minute. */
  async exchange(code: string): Promise<SignedIn> {
    this.#limit();
    const taken = isCode(code) ? await this.#options.store.takeCode(hashOf(code)) : undefined;
    if (taken?.purpose !== "login") {
      throw new DomainError(
        "UNAUTHENTICATED",
        "This link was used already, or is too old. Make another: npx leverframe login",
      );
    }
    return this.startSession(taken.person ?? FIRST_ADMIN);
  }

  /** Whom an invitation is for; it stays good. Throws UNAUTHENTICATED, and RATE_LIMITED past 30 a minute. */
  async invited(code: string): Promise<Person> {
    this.#limit();
    const found = isCode(code) ? await this.#options.store.readCode(hashOf(code)) : undefined;
    const person =
      found?.purpose === "invitation" ? this.#options.store.person(found.person ?? "") : undefined;
    if (person === undefined || person.disabled) {
      throw new DomainError(
        "UNAUTHENTICATED",
        "This invitation was used already, or is too old. Ask an admin for another.",
      );
    }
    return person;
  }

  /** Uses an invitation up; true for exactly one caller. */
  async useInvitation(code: string): Promise<boolean> {
    return (await this.#options.store.takeCode(hashOf(code))) !== undefined;
  }

  /** Makes an invitation good again that was used up for nothing. */
  async returnInvitation(code: string, person: string): Promise<void> {
    await this.#options.store.putCode(
      hashOf(code),
      { person, purpose: "invitation" },
      INVITATION_TTL_SECONDS,
    );
  }

  /** Every session that a person began until now ends at once, on every replica. Throws NOT_FOUND. */
  async endSessionsOf(person: string): Promise<void> {
    const now = this.#options.now();
    await this.#options.store.changePerson(person, (standing) => ({
      ...standing,
      sessionsValidFromMs: Math.max(standing.sessionsValidFromMs, now) + 1,
    }));
  }

  /** A session of somebody who has proved who they are. Throws FORBIDDEN for who is not, or no more, let in. */
  startSession(personId: string): SignedIn {
    const person = this.#options.store.person(personId);
    if (person === undefined || person.disabled) {
      throw new DomainError(
        "FORBIDDEN",
        "You are known, but not let in here. Ask an admin to invite or enable you.",
      );
    }
    // A clock that ran ahead elsewhere must not void a session that begins now.
    const issuedAtMs = Math.max(this.#options.now(), person.sessionsValidFromMs);
    const claim: SessionClaim = {
      sid: randomBytes(15).toString("base64url"),
      person: personId,
      issuedAtMs,
      expiresAtMs: issuedAtMs + SESSION_MS,
    };
    const cookie = signSession(claim, this.#options.sessionKey);
    return { person: personId, cookie, maxAgeSeconds: SESSION_MS / 1000 };
  }

  /** Ends the session of this cookie, on every replica. Nothing happens where it is none. */
  async endSession(cookieHeader: string | undefined): Promise<void> {
    const text = cookieValue(cookieHeader, SESSION_COOKIE);
    const now = this.#options.now();
    const claim = text === undefined ? undefined : readSession(text, this.#options.sessionKey, now);
    if (claim === undefined || this.#options.store.sessionRevoked(claim.sid)) return;
    await this.#options.store.revokeSession(claim.sid, Math.ceil((claim.expiresAtMs - now) / 1000) + 60);
  }

  /** The person behind an author; undefined for a machine, a rule or etcd alone. */
  personBehind(author: Author): string | undefined {
    if (author.kind === "person") return author.id;
    if (author.kind !== "token") return undefined;
    return this.#options.store.tokens().find(({ token }) => token.id === author.id)?.token.owner;
  }

  /** What a person may do now; nothing for who is unknown or disabled. */
  scopesOf(person: string): readonly Scope[] {
    return this.#ownerOf(person)?.scopes ?? [];
  }

  /** Makes the text of a token for this machine's own CLI; nothing is stored before {@link keepLocalToken}. */
  static newToken(): string {
    return `lf_${newSecret()}`;
  }

  /**
   * Lets the token of this machine's own CLI count whatever becomes of etcd: when its data is wiped, the operator must
   * still get in to say what to do. Writes it to etcd too where it is not there, for other replicas. Once revoked it
   * stays so, by the stone that stands in its place.
   */
  async keepLocalToken(token: string, id: string): Promise<void> {
    const hashed = hashOf(token);
    const record: TokenRecord = { id, createdAt: new Date(this.#options.now()).toISOString() };
    this.#local.set(hashed, record);
    if (this.#options.store.token(hashed) === undefined) await this.#options.store.putToken(hashed, record);
  }

  /** Who sends these headers; undefined where nobody signed in. */
  authenticate(headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
  }): Principal | undefined {
    const bearer = /^Bearer (\S{1,200})$/.exec(headers.authorization ?? "")?.[1];
    if (bearer !== undefined) return this.#byToken(hashOf(bearer));
    const text = cookieValue(headers.cookie, SESSION_COOKIE);
    const claim =
      text === undefined ? undefined : readSession(text, this.#options.sessionKey, this.#options.now());
    return claim === undefined ? undefined : this.#bySession(claim);
  }

  /** Who bears this token, wherever a request brought it; undefined for nobody. */
  authenticateToken(token: string): Principal | undefined {
    return token.length > 200 ? undefined : this.#byToken(hashOf(token));
  }

  /** A ticket by which this token's bearer may open one stream until then, without a header. */
  ticketFor(token: string, place: Pick<StreamTicket, "env" | "service" | "expiresAtMs">): string {
    return signTicket({ hash: hashOf(token), ...place }, this.#options.sessionKey);
  }

  /** Who bears this ticket, as their token stands now; undefined for nobody. */
  authenticateTicket(
    text: string,
  ): { readonly principal: Principal; readonly ticket: StreamTicket } | undefined {
    const ticket = readTicket(text, this.#options.sessionKey, this.#options.now());
    const principal = ticket && this.#byToken(ticket.hash);
    return principal && { principal, ticket };
  }

  /** Every token that counts now, with what it may do: for a process that can't ask us at each request. */
  bearers(): readonly {
    readonly hash: string;
    readonly scopes: readonly Scope[];
    readonly ownerScopes: readonly Scope[] | undefined;
    readonly expiresAtMs: number | undefined;
  }[] {
    const hashes = new Set([...this.#options.store.tokens().map(({ hash }) => hash), ...this.#local.keys()]);
    return [...hashes].flatMap((hash) => {
      const principal = this.#byToken(hash);
      if (principal === undefined) return [];
      const end = this.#options.store.token(hash)?.expiresAt;
      const expiresAtMs = end === undefined ? undefined : Date.parse(end);
      return [{ hash, scopes: principal.scopes, ownerScopes: principal.owner?.scopes, expiresAtMs }];
    });
  }

  #byToken(hashed: string): Principal | undefined {
    const { store, now } = this.#options;
    const token = store.token(hashed) ?? this.#local.get(hashed);
    if (token === undefined || token.revokedAt !== undefined) return undefined;
    // An end that can't be read is one that has come.
    if (token.expiresAt !== undefined && !(Date.parse(token.expiresAt) > now())) return undefined;
    const owner = token.owner === undefined ? undefined : this.#ownerOf(token.owner);
    if (token.owner !== undefined && owner === undefined) return undefined;
    return {
      author: { kind: "token", id: token.id },
      scopes: [...scopesOfToken(token), ...store.grantsOf("token", token.id)],
      ...(owner === undefined ? {} : { owner }),
      ...(token.breakGlass === undefined ? {} : { breakGlass: true }),
    };
  }

  #ownerOf(person: string): { person: string; scopes: readonly Scope[] } | undefined {
    const found = this.#options.store.person(person);
    if (found === undefined || found.disabled) return undefined;
    return { person, scopes: this.#options.store.grantsOf("person", person) };
  }

  #bySession(claim: SessionClaim): Principal | undefined {
    const { store } = this.#options;
    const person = store.person(claim.person);
    if (person === undefined || person.disabled) return undefined;
    if (claim.issuedAtMs < person.sessionsValidFromMs || store.sessionRevoked(claim.sid)) return undefined;
    return {
      author: { kind: "person", id: claim.person },
      scopes: store.grantsOf("person", claim.person),
      session: { sid: claim.sid, expiresAtMs: claim.expiresAtMs },
    };
  }

  async #putCode(record: CodeRecord, ttlSeconds: number): Promise<string> {
    const code = newSecret();
    await this.#options.store.putCode(hashOf(code), record, ttlSeconds);
    return code;
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

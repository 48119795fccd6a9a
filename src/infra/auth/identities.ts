import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { genericOAuth } from "better-auth/plugins";
import { DomainError } from "../../domain/errors.ts";
import { type Identities, type OidcSignIn, PASSWORD_LENGTH } from "../../features/access/identities.ts";
import { sleep } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Database } from "../sql/database.ts";

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
}

export interface IdentitiesOptions {
  readonly database: Database;
  /** The console's own address, asked late: the port is known only once the server listens. */
  readonly url: () => string;
  /** At least 32 characters; the same on every replica. */
  readonly secret: string;
  readonly oidc: OidcProvider | undefined;
  /** Nobody gets a row that an admin did not ask for. */
  readonly isKnown: (email: string) => boolean;
  readonly log: Log;
}

const PROVIDER = "oidc";
const BASE_PATH = "/api/auth/oidc";
const CALLBACK = `${BASE_PATH}/callback/${PROVIDER}`;
const ANSWER_MS = 10_000;
const REFUSED = "/login?refused=provider";

/** Passwords and OpenID Connect by better-auth, on the SQL database. Its own sessions are dropped where it makes them. */
export function createIdentities(options: IdentitiesOptions): Identities {
  const { database } = options;
  // Apart, so that a provider that does not answer holds up no password.
  const own = lazily(() => createAuth({ ...options, oidc: undefined }));
  return {
    async checkPassword(email, password) {
      const { internalAdapter, password: passwords } = await own().$context;
      return database.run(async () => {
        const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true });
        const hash = found?.accounts.find((account) => account.providerId === "credential")?.password;
        if (password.length > PASSWORD_LENGTH.max) return false;
        if (hash === undefined || hash === null) {
          // As much work as for an address that somebody has.
          await passwords.hash(password);
          return false;
        }
        return passwords.verify({ hash, password });
      });
    },
    checkLength,
    async setPassword(person, password) {
      checkLength(password);
      const { internalAdapter, password: passwords } = await own().$context;
      await database.run(async () => {
        const hash = await passwords.hash(password);
        const found = await internalAdapter.findUserByEmail(person.email, { includeAccounts: true });
        const user =
          found?.user ??
          (await internalAdapter.createUser(
            { email: person.email, name: person.name, emailVerified: true },
            { method: "email" },
          ));
        if (found?.accounts.some((account) => account.providerId === "credential")) {
          await internalAdapter.updatePassword(user.id, hash);
        } else {
          const account = { userId: user.id, providerId: "credential", accountId: user.id, password: hash };
          await internalAdapter.linkAccount(account);
        }
      });
    },
    oidc: options.oidc === undefined ? undefined : createOidc(options, options.oidc.name),
  };
}

function checkLength(password: string): void {
  const { min, max } = PASSWORD_LENGTH;
  if (password.length < min || password.length > max) {
    throw new DomainError("INVALID", `A password has ${min} to ${max} characters: take a sentence.`);
  }
}

function createOidc(options: IdentitiesOptions, name: string): OidcSignIn {
  const { database, url, log } = options;
  const proofs = lazily(() => createAuth(options));
  const away = (): DomainError =>
    new DomainError("UNAVAILABLE", `${name} can't be asked now. Sign in with a link: npx leverframe login.`);
  /** The provider and SQL answer within 10 s, or it is not possible now. */
  const answered = async <T>(work: () => Promise<T>): Promise<T> => {
    if (database.state.state !== "ready") throw away();
    const late = new AbortController();
    const over = sleep(ANSWER_MS, late.signal).then(() => {
      throw away();
    });
    // Whichever comes second has nobody left to tell.
    over.catch(() => undefined);
    try {
      return await Promise.race([work(), over]);
    } finally {
      late.abort();
    }
  };
  const refused = (): DomainError =>
    new DomainError("UNAUTHENTICATED", `${name} did not say who you are, or you took too long. Try again.`);
  return {
    name,
    async start() {
      const request = new Request(`${url()}${BASE_PATH}/sign-in/social`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: url() },
        body: JSON.stringify({ provider: PROVIDER, callbackURL: "/login", errorCallbackURL: REFUSED }),
      });
      const answer = await answered(() => proofs().handler(request));
      const body = (await answer.json().catch(() => undefined)) as { url?: unknown } | undefined;
      if (!answer.ok || typeof body?.url !== "string") {
        log.warn({ status: answer.status }, "the provider of sign-in can't be used");
        throw away();
      }
      return { url: body.url, cookies: answer.headers.getSetCookie() };
    },
    async finish({ url: asked, cookie }) {
      const query = asked.split("?")[1] ?? "";
      const request = new Request(`${url()}${CALLBACK}?${query}`, {
        headers: cookie === undefined ? {} : { cookie },
      });
      const answer = await answered(() => proofs().handler(request));
      const given = answer.headers.getSetCookie();
      const failed = new URL(answer.headers.get("location") ?? REFUSED, url()).searchParams;
      if (failed.has("error") || failed.has("refused")) {
        log.info({ why: failed.get("error") }, "a sign-in by the provider was refused");
        throw refused();
      }
      const theirs = given.map((one) => one.split(";")[0] ?? "").join("; ");
      const session = await answered(() =>
        proofs().api.getSession({ headers: new Headers({ cookie: theirs }) }),
      );
      if (session === null) throw refused();
      const { internalAdapter } = await proofs().$context;
      await answered(() => internalAdapter.deleteSession(session.session.token));
      if (!session.user.emailVerified) {
        throw new DomainError(
          "FORBIDDEN",
          `${name} has not verified your e-mail address. Do so there first.`,
        );
      }
      const cookies = given.map(
        (one) =>
          `${one.split("=")[0] ?? ""}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${url().startsWith("https:") ? "; Secure" : ""}`,
      );
      return { email: session.user.email, cookies };
    },
  };
}

function createAuth({ database, url, secret, oidc, isKnown, log }: IdentitiesOptions) {
  return betterAuth({
    appName: "Leverframe",
    baseURL: url(),
    basePath: BASE_PATH,
    secret,
    database: prismaAdapter(database.client, { provider: database.provider }),
    emailAndPassword: { enabled: true, disableSignUp: true },
    // Ours stands before it.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    account: { accountLinking: { enabled: true } },
    databaseHooks: {
      user: { create: { before: (user) => Promise.resolve(isKnown(user.email) ? undefined : false) } },
    },
    logger: { level: "warn", log: (level, message) => log.debug({ level }, message) },
    plugins:
      oidc === undefined
        ? []
        : [
            genericOAuth({
              config: [
                {
                  providerId: PROVIDER,
                  discoveryUrl: `${oidc.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
                  clientId: oidc.clientId,
                  clientSecret: oidc.clientSecret,
                  scopes: ["openid", "email", "profile"],
                  pkce: true,
                  requireIdTokenVerification: true,
                },
              ],
            }),
          ],
  });
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

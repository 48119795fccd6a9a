/** Proves who somebody is. Says nothing of what they may do, and starts no session of ours. */
export interface Identities {
  /**
   * Whether this is the password of this e-mail address; takes as long for an address that nobody has. Rejects with
   * UNAVAILABLE while SQL is away.
   */
  checkPassword(email: string, password: string): Promise<boolean>;
  /** Throws INVALID for a password that is too short or too long. */
  checkLength(password: string): void;
  /** Rejects with UNAVAILABLE while SQL is away, and as `checkLength` throws. */
  setPassword(person: { readonly email: string; readonly name: string }, password: string): Promise<void>;
  /** Sign-in at a provider of OpenID Connect; undefined where none is configured. */
  readonly oidc: OidcSignIn | undefined;
}

export interface OidcSignIn {
  /** What the button says. */
  readonly name: string;
  /** Where to send the browser, and the cookies to send it with. Rejects with UNAVAILABLE. */
  start(): Promise<{ readonly url: string; readonly cookies: readonly string[] }>;
  /** The verified e-mail address of whom the provider sent back, and cookies to drop. Rejects with UNAUTHENTICATED or UNAVAILABLE. */
  finish(request: {
    readonly url: string;
    readonly cookie: string | undefined;
  }): Promise<{ readonly email: string; readonly cookies: readonly string[] }>;
}

export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;

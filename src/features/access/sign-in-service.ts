import { DomainError, isDomainError } from "../../domain/errors.ts";
import type { AccessView } from "./access-records.ts";
import type { AccessService, SignedIn } from "./access-service.ts";
import type { Identities } from "./identities.ts";
import type { SignInLimiter } from "./sign-in-limiter.ts";

export interface SignInOptions {
  readonly access: AccessService;
  readonly people: AccessView;
  readonly identities: Identities;
  readonly limiter: SignInLimiter;
}

const WRONG = "E-mail address and password don't belong together.";

/** What a refusal for too many tries holds as details. */
export interface RetryAfter {
  readonly retryAfterSeconds: number;
}

/** Lets people in by e-mail and password, by an invitation, or by a provider's word. */
export class SignInService {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  get oidcName(): string | undefined {
    return this.#options.identities.oidc?.name;
  }

  /**
   * Throws UNAUTHENTICATED with the same words after the same work for a wrong password, an unknown address and a
   * disabled person; RATE_LIMITED with {@link RetryAfter}; UNAVAILABLE while SQL is away.
   */
  async byPassword(email: string, password: string, address: string): Promise<SignedIn> {
    const { limiter, identities, people, access } = this.#options;
    const account = email.trim().toLowerCase();
    this.#limit(account, address);
    const right = await this.#judged(account, address, () => identities.checkPassword(account, password));
    const person = people.personByEmail(account);
    if (!right || person === undefined || person.disabled) throw new DomainError("UNAUTHENTICATED", WRONG);
    limiter.succeeded(account, address);
    return access.startSession(person.id);
  }

  /** Sets the password of whom an invitation is for, uses it up, ends older sessions of theirs and signs them in. */
  async byInvitation(code: string, password: string, address: string): Promise<SignedIn> {
    const { access, identities } = this.#options;
    const account = `invitation from ${address}`;
    this.#limit(account, address);
    const person = await this.#judged(account, address, async () => {
      identities.checkLength(password);
      return access.invited(code);
    });
    // Taken first: of two who use it at once, the one who is let in has set the password.
    if (!(await access.useInvitation(code))) {
      throw new DomainError("UNAUTHENTICATED", "This invitation was used already. Ask an admin for another.");
    }
    try {
      await this.#judged(account, address, () => identities.setPassword(person, password));
    } catch (error) {
      await access.returnInvitation(code, person.id);
      throw error;
    }
    await access.endSessionsOf(person.id);
    this.#options.limiter.succeeded(account, address);
    return access.startSession(person.id);
  }

  /** Where to send the browser. Throws NOT_FOUND where no provider is configured. */
  startOidc(): Promise<{ readonly url: string; readonly cookies: readonly string[] }> {
    return this.#oidc().start();
  }

  async finishOidc(request: {
    readonly url: string;
    readonly cookie: string | undefined;
  }): Promise<SignedIn & { readonly cookies: readonly string[] }> {
    const { email, cookies } = await this.#oidc().finish(request);
    const person = this.#options.people.personByEmail(email);
    if (person === undefined || person.disabled) {
      throw new DomainError(
        "FORBIDDEN",
        "You are known, but not let in here. Ask an admin to invite or enable you.",
      );
    }
    return { ...this.#options.access.startSession(person.id), cookies };
  }

  #oidc(): NonNullable<Identities["oidc"]> {
    const { oidc } = this.#options.identities;
    if (oidc === undefined) {
      throw new DomainError(
        "NOT_FOUND",
        "No provider is configured. Set LEVERFRAME_OIDC_ISSUER and its companions.",
      );
    }
    return oidc;
  }

  #limit(account: string, address: string): void {
    const waitMs = this.#options.limiter.begin(account, address);
    if (waitMs === 0) return;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    const details: RetryAfter = { retryAfterSeconds };
    throw new DomainError("RATE_LIMITED", `Too many tries. Wait ${retryAfterSeconds} s.`, { details });
  }

  /** A try that failed for another reason than the secret is no failure of who tried. */
  async #judged<T>(account: string, address: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isDomainError(error) || error.code === "UNAVAILABLE" || error.code === "INVALID") {
        this.#options.limiter.undone(account, address);
      }
      throw error;
    }
  }
}

import { randomBytes } from "node:crypto";
import type { Grant, Scope, Subject } from "../../domain/access.ts";
import { DomainError } from "../../domain/errors.ts";
import type { AccessStore, GrantRow, Person } from "./access-records.ts";
import type { AccessService } from "./access-service.ts";
import { type Principal, personOf } from "./principal.ts";

export interface PeopleOptions {
  readonly store: AccessStore;
  readonly access: AccessService;
  readonly now: () => number;
  /** The page that takes an invitation's code. */
  readonly invitationUrl: (code: string) => string;
}

/** A person as the list shows them. */
export interface PersonRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly grants: readonly GrantRow[];
}

/** All of them stand in memory on every replica. */
const PEOPLE = 5_000;
const GRANTS = 20_000;
const IDS = 50;

/** People and what they may do. Whoever calls has been found to be an admin of everything. */
export class PeopleService {
  readonly #options: PeopleOptions;

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  list(): readonly PersonRow[] {
    const { store } = this.#options;
    const grants = store.grants();
    return store
      .people()
      .map(({ sessionsValidFromMs: _, ...person }) => ({
        ...person,
        grants: grants.filter(({ subject }) => subject.kind === "person" && subject.id === person.id),
      }))
      .sort((a, b) => a.id.localeCompare(b.id));
  }

  /** Makes a person, who can do nothing yet, and the link by which they set a password within a week. */
  async create(given: {
    email: string;
    name: string;
  }): Promise<{ readonly id: string; readonly url: string }> {
    const { store, now } = this.#options;
    const email = given.email.toLowerCase();
    if (store.personByEmail(email) !== undefined) {
      throw new DomainError(
        "CONFLICT",
        `There is somebody with ${email} already: invite them again instead.`,
      );
    }
    if (store.people().length >= PEOPLE)
      throw new DomainError("TOO_LARGE", `At most ${PEOPLE} people are kept.`);
    const person: Omit<Person, "id"> = {
      email,
      name: given.name,
      disabled: false,
      sessionsValidFromMs: 0,
      createdAt: new Date(now()).toISOString(),
    };
    const base = idOf(email);
    for (let number = 1; number <= IDS; number += 1) {
      const id = number === 1 ? base : `${base}-${number}`;
      if (await store.addPerson({ id, ...person }, [])) return { id, url: await this.#invitation(id) };
    }
    throw new DomainError("CONFLICT", `There are ${IDS} people named ${base} already.`);
  }

  async invite(id: string): Promise<{ readonly url: string }> {
    const person = this.#person(id);
    if (person.email === "") {
      throw new DomainError("INVALID", `${id} has no e-mail address: they sign in by npx leverframe login.`);
    }
    return { url: await this.#invitation(id) };
  }

  /** Ends all sessions and tokens of a person until they are enabled again. Nobody disables themselves. */
  async disable(id: string, by: Principal): Promise<void> {
    if (personOf(by) === id) {
      throw new DomainError("INVALID", "You can't disable yourself. Ask another admin.");
    }
    const { now } = this.#options;
    await this.#options.store.changePerson(id, (person) => ({
      ...person,
      disabled: true,
      sessionsValidFromMs: later(person.sessionsValidFromMs, now()),
    }));
  }

  async enable(id: string): Promise<void> {
    await this.#options.store.changePerson(id, (person) => ({ ...person, disabled: false }));
  }

  /** Every session that a person began until now ends at once; they may sign in again. */
  async revokeSessions(id: string): Promise<void> {
    await this.#options.access.endSessionsOf(id);
  }

  grants(): readonly GrantRow[] {
    return this.#options.store.grants();
  }

  /** Gives a right; the same one again gives back the grant that stands. Throws NOT_FOUND for nobody. */
  async give(subject: Subject, scope: Scope, by: Principal): Promise<Grant> {
    const { store, now } = this.#options;
    if (subject.kind === "person") this.#person(subject.id);
    else if (!store.tokens().some(({ token }) => token.id === subject.id)) {
      throw new DomainError("NOT_FOUND", `There is no token ${subject.id}.`);
    }
    const standing = store
      .grants()
      .find(
        (grant) =>
          grant.subject.kind === subject.kind &&
          grant.subject.id === subject.id &&
          grant.role === scope.role &&
          grant.env === scope.env &&
          grant.services === scope.services,
      );
    if (standing !== undefined) return standing;
    if (store.grants().length >= GRANTS)
      throw new DomainError("TOO_LARGE", `At most ${GRANTS} grants are kept.`);
    const grant: GrantRow = {
      id: randomBytes(9).toString("base64url"),
      subject,
      role: scope.role,
      env: scope.env,
      services: scope.services,
      createdAt: new Date(now()).toISOString(),
      createdBy: by.author.id,
    };
    await store.putGrant(grant);
    return grant;
  }

  async take(id: string): Promise<void> {
    if (!(await this.#options.store.removeGrant(id))) {
      throw new DomainError("NOT_FOUND", `There is no grant ${id}: it was taken already.`);
    }
  }

  async #invitation(id: string): Promise<string> {
    return this.#options.invitationUrl(await this.#options.access.createInvitation(id));
  }

  #person(id: string): Person {
    const person = this.#options.store.person(id);
    if (person === undefined) throw new DomainError("NOT_FOUND", `There is nobody ${id}.`);
    return person;
  }
}

const later = (standingMs: number, nowMs: number): number => Math.max(standingMs, nowMs) + 1;

/** What stands in journals for ever, so that it can be read: the first part of the address. */
const idOf = (email: string): string =>
  email
    .split("@")[0]
    ?.replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, 60) || "person";

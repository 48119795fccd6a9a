import { accessRoot } from "@leverframe/agent/protocol";
import type { Scope } from "../../domain/access.ts";
import {
  type AccessView,
  type GrantRow,
  grantSchema,
  type Person,
  personSchema,
  type TokenRecord,
  tokenSchema,
} from "../../features/access/access-records.ts";

interface Entry {
  readonly key: string;
  readonly value: Buffer;
  readonly modRevision: number;
}

type Room = "people" | "grants" | "tokens" | "codes" | "revoked-sessions";
export const accessKey = (room: Room, id: string): string => `${accessRoot}${room}/${id}`;

export const readRecord = (value: Buffer): unknown => {
  try {
    return JSON.parse(value.toString());
  } catch {
    return undefined;
  }
};

/** What the mirrored keys mean, indexed; kept by key, so that one change costs one record. A record that can't be read gives no right. */
export class AccessIndex implements AccessView {
  readonly #people = new Map<string, Person>();
  readonly #byEmail = new Map<string, string>();
  readonly #grants = new Map<string, GrantRow>();
  readonly #bySubject = new Map<string, Map<string, GrantRow>>();
  readonly #tokens = new Map<string, TokenRecord>();
  readonly #revoked = new Set<string>();

  /** Takes one entry in. A key that is not known here is left out. */
  put(entry: Entry): void {
    this.drop(entry.key);
    const [room = "", id = ""] = entry.key.slice(accessRoot.length).split("/");
    const record = readRecord(entry.value);
    if (room === "revoked-sessions") this.#revoked.add(id);
    else if (room === "people") this.#putPerson(id, record);
    else if (room === "grants") this.#putGrant(id, record);
    else if (room === "tokens") {
      const read = tokenSchema.safeParse(record);
      if (read.success) this.#tokens.set(id, read.data);
    }
  }

  drop(key: string): void {
    const [room = "", id = ""] = key.slice(accessRoot.length).split("/");
    if (room === "revoked-sessions") this.#revoked.delete(id);
    else if (room === "people") {
      const known = this.#people.get(id);
      this.#people.delete(id);
      if (known !== undefined && this.#byEmail.get(known.email) === id) this.#byEmail.delete(known.email);
    } else if (room === "grants") {
      const known = this.#grants.get(id);
      this.#grants.delete(id);
      if (known !== undefined) this.#bySubject.get(subjectName(known.subject))?.delete(id);
    } else if (room === "tokens") this.#tokens.delete(id);
  }

  clear(): void {
    for (const map of [this.#people, this.#byEmail, this.#grants, this.#bySubject, this.#tokens]) map.clear();
    this.#revoked.clear();
  }

  person(id: string): Person | undefined {
    return this.#people.get(id);
  }

  personByEmail(email: string): Person | undefined {
    const id = this.#byEmail.get(email.toLowerCase());
    return id === undefined ? undefined : this.#people.get(id);
  }

  people(): readonly Person[] {
    return [...this.#people.values()];
  }

  grantsOf(kind: "person" | "token", id: string): readonly Scope[] {
    return [...(this.#bySubject.get(subjectName({ kind, id }))?.values() ?? [])];
  }

  grants(): readonly GrantRow[] {
    return [...this.#grants.values()];
  }

  token(hash: string): TokenRecord | undefined {
    return this.#tokens.get(hash);
  }

  tokens(): readonly { readonly hash: string; readonly token: TokenRecord }[] {
    return [...this.#tokens].map(([hash, token]) => ({ hash, token }));
  }

  sessionRevoked(sid: string): boolean {
    return this.#revoked.has(sid);
  }

  #putPerson(id: string, record: unknown): void {
    const read = personSchema.safeParse(record);
    if (!read.success) return;
    const person = { ...read.data, id, email: read.data.email.toLowerCase() };
    this.#people.set(id, person);
    if (person.email !== "") this.#byEmail.set(person.email, id);
  }

  #putGrant(id: string, record: unknown): void {
    const read = grantSchema.safeParse(record);
    if (!read.success) return;
    const grant = { ...read.data, id };
    this.#grants.set(id, grant);
    const name = subjectName(grant.subject);
    const own = this.#bySubject.get(name) ?? new Map<string, GrantRow>();
    own.set(id, grant);
    this.#bySubject.set(name, own);
  }
}

const subjectName = ({ kind, id }: GrantRow["subject"]): string => `${kind}:${id}`;

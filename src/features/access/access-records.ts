import { environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { ADMIN_EVERYWHERE, type Grant, ROLES, type Scope } from "../../domain/access.ts";

/** What stands under `control/access/` in etcd: read leniently, written by control planes only. */
export const scopeSchema = z.object({
  role: z.enum(ROLES, { error: `role must be one of ${ROLES.join(", ")}` }),
  env: z.union([z.literal("*"), environmentName], {
    error: "env must be an environment's name, or * for every one",
  }),
  services: z.string().regex(/^(\*|[a-z][a-z0-9-]{0,62}\*?)$/, {
    error: "services must be *, a service's name, or the start of names and a *, such as pay-*",
  }),
});

export const subjectSchema = z.object({ kind: z.enum(["person", "token"]), id: z.string().min(1).max(200) });

export const personSchema = z.object({
  email: z.string().max(320),
  name: z.string().max(200),
  disabled: z.boolean().default(false),
  /** Sessions that began before count no more. Milliseconds since 1970. */
  sessionsValidFromMs: z.number().default(0),
  createdAt: z.string().default(""),
});
export type PersonRecord = z.infer<typeof personSchema>;
export type Person = PersonRecord & { readonly id: string };

export const grantSchema = scopeSchema.extend({
  subject: subjectSchema,
  createdAt: z.string().default(""),
  createdBy: z.string().default(""),
});

export const tokenSchema = z.object({
  id: z.string().min(1).max(200),
  name: z.string().max(200).optional(),
  /** Whose it is; absent for a machine's. */
  owner: z.string().max(200).optional(),
  /** Absent in records made before tokens had scopes, and in those of the CLI on the server's machine: admin. */
  scopes: z.array(scopeSchema).max(32).optional(),
  createdAt: z.string().default(""),
  createdBy: z.string().optional(),
  expiresAt: z.string().optional(),
  breakGlass: z.literal(true).optional(),
  /** A stone on a token that never ends: a file that still holds it must not bring it back. */
  revokedAt: z.string().optional(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

export const codeSchema = z.object({
  /** Whom it signs in, or whose password it lets be set. */
  person: z.string().max(200).optional(),
  purpose: z.enum(["login", "invitation"]).default("login"),
});
export type CodeRecord = z.infer<typeof codeSchema>;

export const scopesOfToken = (token: TokenRecord): readonly Scope[] => token.scopes ?? [ADMIN_EVERYWHERE];

export interface GrantRow extends Grant {
  readonly createdAt: string;
  readonly createdBy: string;
}

/** The mirrored records, in memory: works while etcd and SQL are away. */
export interface AccessView {
  person(id: string): Person | undefined;
  personByEmail(email: string): Person | undefined;
  people(): readonly Person[];
  grantsOf(kind: "person" | "token", id: string): readonly Scope[];
  grants(): readonly GrantRow[];
  token(hash: string): TokenRecord | undefined;
  tokens(): readonly { readonly hash: string; readonly token: TokenRecord }[];
  sessionRevoked(sid: string): boolean;
}

/**
 * What signing in and access need of etcd. Only hashes of secrets are stored. Every write resolves once this process's
 * own mirror holds it, so that whoever was answered finds it so; other replicas follow within their watch.
 */
export interface AccessStore extends AccessView {
  /** Keeps a one-time code for `ttlSeconds`. */
  putCode(hash: string, record: CodeRecord, ttlSeconds: number): Promise<void>;
  /** Takes a code away; its record for exactly one caller. */
  takeCode(hash: string): Promise<CodeRecord | undefined>;
  /** Looks at a code without taking it. */
  readCode(hash: string): Promise<CodeRecord | undefined>;
  /** Makes a person with grants in one go; false where the id stands already. */
  addPerson(person: Person, grants: readonly GrantRow[]): Promise<boolean>;
  /** Changes a person as they stand now. Throws NOT_FOUND. */
  changePerson(id: string, change: (standing: PersonRecord) => PersonRecord): Promise<void>;
  putGrant(grant: GrantRow): Promise<void>;
  /** False where there was none. */
  removeGrant(id: string): Promise<boolean>;
  putToken(
    hash: string,
    record: TokenRecord,
    options?: { readonly replaces?: readonly string[] },
  ): Promise<void>;
  removeToken(hash: string): Promise<void>;
  /** Counts for as long as the session could have lived. */
  revokeSession(sid: string, ttlSeconds: number): Promise<void>;
  /** Told after each change of what is mirrored. Gives what ends it. */
  onChange(listener: () => void): () => void;
}

import * as z from "zod";

/** Bounds that both sides hold. Source: DESIGN §2 and §4 (*Publish*). */
export const LIMITS = {
  /** Largest stored body of one resource, in UTF-8 bytes. */
  specBytes: 256 * 1024,
  /** Largest whole request to etcd, in bytes; a body counts twice (key and journal). */
  requestBytes: 1024 * 1024,
  /** Puts and deletes in one transaction: edits, heads, plain copies and the journal together. */
  operations: 128,
  /** Characters of a reason. */
  reasonLength: 500,
} as const;

const named = (what: string, pattern: RegExp, rule: string) =>
  z.string({ error: `${what} must be text` }).regex(pattern, { error: `${what} must be ${rule}` });

export const environmentName = named(
  "environment",
  /^[a-z][a-z0-9-]{0,30}$/,
  "1 to 31 of a-z, 0-9 and -, starting with a letter",
);

/** A service's own name; `*` is allowed where a resource may belong to every service. */
export const serviceName = named(
  "service",
  /^[a-z][a-z0-9-]{0,62}$/,
  "1 to 63 of a-z, 0-9 and -, starting with a letter",
);

export const resourceScope = named(
  "service",
  /^(\*|[a-z][a-z0-9-]{0,62})$/,
  "* (every service), or 1 to 63 of a-z, 0-9 and -, starting with a letter",
);

const RESOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const resourceName = named(
  "name",
  RESOURCE_NAME,
  "1 to 63 of a-z, 0-9, '.', '_' and -, starting with a letter or digit",
);

/** What {@link resourceName} takes, without saying what is wrong with the rest. */
export const isResourceName = (text: string): boolean => RESOURCE_NAME.test(text);

export const instanceId = named(
  "instance",
  /^[A-Za-z0-9._-]{1,128}$/,
  "1 to 128 of A-Z, a-z, 0-9, '.', '_' and -",
);

export const changeSetId = named(
  "change set id",
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
  "a ULID: 26 characters of Crockford base 32",
);

export const KINDS = [
  "config",
  "switch",
  "breaker",
  "retry",
  "timeout",
  "limit",
  "traffic",
  "sampling",
  "degrade",
] as const;

export const resourceKind = z.enum(KINDS, { error: `kind must be one of ${KINDS.join(", ")}` });
export type Kind = z.infer<typeof resourceKind>;

/** The scope of a resource that belongs to every service. */
export const EVERY_SERVICE = "*";

/** What names a resource inside an environment. */
export interface ResourceRef {
  readonly service: string;
  readonly kind: Kind;
  readonly name: string;
}

export const resourceRef = z.strictObject({ service: resourceScope, kind: resourceKind, name: resourceName });

/** `order/switch/comments`: the form that people type and read. */
export const formatRef = (ref: { service: string; kind: string; name: string }): string =>
  `${ref.service}/${ref.kind}/${ref.name}`;

/** Reads `service/kind/name`; throws a `ZodError` that names the part at fault. */
export function parseRef(text: string): ResourceRef {
  if (!text.includes("/")) {
    const message = `write it as service/kind/name, such as */switch/${text || "comments"}`;
    throw new z.ZodError([{ code: "custom", path: [], message, input: text }]);
  }
  const [service = "", kind = "", name = "", ...rest] = text.split("/");
  return resourceRef.parse({ service, kind, name: [name, ...rest].join("/") });
}

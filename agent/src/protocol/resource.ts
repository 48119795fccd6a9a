import * as z from "zod";
import { type Constraint, constraintSchema } from "./constraint.ts";
import { changeSetId, type Kind, resourceRef } from "./names.ts";
import { lenient, type Objects, strict } from "./objects.ts";
import { authorSchema } from "./records.ts";
import { type SpecOf, specSchemas } from "./specs.ts";
import { SCHEMA_VERSIONS, upcastResource } from "./upcast.ts";

/** What a rollout is keyed by: the instance's id, or a field of the caller's context. */
const stickiness = ({ object }: Objects) =>
  z.union([
    z.literal("instance"),
    object({ contextKey: z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/) }),
  ]);

/** A gray release: `candidate` beside the stable spec. `id` and `salt` never change (DESIGN §5). */
const rolloutOf = <Spec extends z.ZodType>(objects: Objects, spec: Spec) =>
  objects.object({
    id: changeSetId,
    salt: z.string().min(1).max(64),
    /** 0 to 10,000 basis points. */
    shareBp: z.int().min(0, { error: "must be at least 0" }).max(10_000, { error: "must be at most 10000" }),
    stickiness: stickiness(objects),
    constraints: z
      .array(constraintSchema(objects))
      .max(20, { error: "must hold at most 20 constraints" })
      .optional(),
    candidate: spec,
  });

/** Of 64 KiB at most. */
const jsonSchemaText = z.string().min(2).max(65_536);

const metaSchema = ({ object }: Objects) =>
  object({
    /** Counts the resource's own changes from 1: `v17`. */
    version: z.int().min(1),
    changeSetId,
    updatedAt: z.iso.datetime(),
    /** Who changed it last and why: said here too, since the journal is pruned and the lever is not. */
    author: authorSchema.optional(),
    reason: z.string().max(500).optional(),
    description: z.string().max(500).optional(),
    owner: z.string().max(100).optional(),
    tags: z.array(z.string().min(1).max(40)).max(20).optional(),
    /** What a config's value must be, as the text of a JSON Schema. Asked before it is stored; agents don't. */
    jsonSchema: jsonSchemaText.optional(),
    requires: z.array(resourceRef).max(20).optional(),
    conflicts: z.array(resourceRef).max(20).optional(),
    /** Ends by itself at `at`, back to `restore`; cancelled once the resource's revision is another. */
    expiry: object({ at: z.iso.datetime(), restore: z.json(), armedRevision: z.int().min(0) }).optional(),
    /** The least agent release that may act on this body (semver). */
    minAgent: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/)
      .optional(),
  });

export type ResourceMeta = z.infer<ReturnType<typeof metaSchema>>;
/** The part of `meta` that an author may set; the rest is written at publish. */
export const editableMeta = z.strictObject({
  description: z.string().max(500).optional(),
  owner: z.string().max(100).optional(),
  tags: z.array(z.string().min(1).max(40)).max(20).optional(),
  jsonSchema: jsonSchemaText.optional(),
  /** What the interlock asks of others before this one acts, and what must not act with it. */
  requires: z.array(resourceRef).max(20).optional(),
  conflicts: z.array(resourceRef).max(20).optional(),
  minAgent: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .optional(),
});
export type EditableMeta = z.infer<typeof editableMeta>;

const BY_CONTEXT: ReadonlySet<Kind> = new Set<Kind>(["config", "switch"]);

const resourceOf = <K extends Kind>(objects: Objects, kind: K) => {
  const spec = specSchemas(objects)[kind] as unknown as z.ZodType<SpecOf<K>>;
  return objects
    .object({
      schema: z.literal(SCHEMA_VERSIONS[kind], {
        error: `schema must be ${SCHEMA_VERSIONS[kind]} for ${kind}`,
      }),
      spec,
      rollout: rolloutOf(objects, spec).optional(),
      meta: metaSchema(objects),
    })
    .superRefine((resource, context) => {
      const rollout = (resource as { rollout?: { stickiness: unknown } }).rollout;
      if (rollout && rollout.stickiness !== "instance" && !BY_CONTEXT.has(kind)) {
        context.addIssue({
          code: "custom",
          path: ["rollout", "stickiness"],
          message: `must be instance: a ${kind} has no caller's context`,
        });
      }
    });
};

type Resources = { [K in Kind]: ReturnType<typeof resourceOf<K>> };
const everyKind = (objects: Objects): Resources =>
  Object.fromEntries(
    Object.keys(SCHEMA_VERSIONS).map((kind) => [kind, resourceOf(objects, kind as Kind)]),
  ) as unknown as Resources;

const strictResources = everyKind(strict);
const lenientResources = everyKind(lenient);

export interface Rollout<Spec> {
  readonly id: string;
  readonly salt: string;
  readonly shareBp: number;
  readonly stickiness: "instance" | { readonly contextKey: string };
  readonly constraints?: readonly Constraint[] | undefined;
  readonly candidate: Spec;
}

/** A stored lever: its spec, a candidate beside it while a rollout lasts, and who changed it last. */
export interface Resource<K extends Kind = Kind> {
  readonly schema: number;
  readonly spec: SpecOf<K>;
  readonly rollout?: Rollout<SpecOf<K>> | undefined;
  readonly meta: ResourceMeta;
}

/** Checks a body as the console does: an unknown field is an error. Throws a `ZodError`. */
export const parseResourceStrict = <K extends Kind>(kind: K, body: unknown): Resource<K> =>
  strictResources[kind].parse(upcastResource(kind, body));

/** Checks a body as an agent does: unknown fields are dropped, older schemas lifted. Throws a `ZodError`. */
export const parseResourceLenient = <K extends Kind>(kind: K, body: unknown): Resource<K> =>
  lenientResources[kind].parse(upcastResource(kind, body));

import { authorSchema, changeSetId, overrideSchema } from "@leverframe/agent/protocol";
import * as z from "zod";
import { changeSetRequest } from "../../domain/change-set-request.ts";

/** What stands at `control/approvals/{env}/{id}`. */
export const approvalSchema = z.object({
  schema: z.literal(1),
  /** `proposal`: waits to be published. `review`: was published at once by an override, and waits to be looked at. */
  kind: z.enum(["proposal", "review"]),
  /** Who is behind it, whatever they signed in with. */
  person: z.string().min(1).max(200),
  author: authorSchema,
  at: z.iso.datetime(),
  request: changeSetRequest,
  /** What it would have been published under, beside the request. */
  terms: z
    .object({
      journal: z.object({ undoes: changeSetId.optional(), override: overrideSchema.optional() }).optional(),
      consumes: z.array(z.string()).optional(),
      expects: z.array(z.tuple([z.string(), z.number()])).optional(),
    })
    .optional(),
});
export type ApprovalRecord = z.infer<typeof approvalSchema>;

export interface Approval extends ApprovalRecord {
  readonly env: string;
  readonly id: string;
  /** In etcd. */
  readonly key: string;
  readonly modRevision: number;
}

export interface Guard {
  readonly fence: { readonly key: string; readonly createRevision: number } | undefined;
  readonly expects: ReadonlyMap<string, number>;
  readonly consumes: readonly string[];
}

/** What waits for a second person, in each environment's own etcd. Rejects with UNAVAILABLE while that is away. */
export interface ApprovalStore {
  get(env: string, id: string): Promise<Approval | undefined>;
  /** Oldest first. */
  list(env: string): Promise<readonly Approval[]>;
  count(env: string): Promise<number>;
  /** False where one of that id stands, or what it rests on has changed. */
  add(env: string, id: string, record: ApprovalRecord, guard?: Guard): Promise<boolean>;
  /** False where somebody else was first. */
  remove(approval: Approval): Promise<boolean>;
  /** Whether a change set of this id was published. */
  published(env: string, id: string): Promise<boolean>;
}

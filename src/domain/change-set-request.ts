import {
  type Author,
  authorSchema,
  changeSetId,
  describeIssues,
  editableMeta,
  environmentName,
  formatRef,
  LIMITS,
  resourceKind,
  resourceName,
  resourceScope,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "./errors.ts";

/** One edit as its author sends it. `baseRevision`: the mod_revision that the author saw, 0 for "there is none". */
export const editRequest = z.strictObject({
  service: resourceScope,
  kind: resourceKind,
  name: resourceName,
  op: z.enum(["put", "delete"], { error: "op must be put or delete" }),
  spec: z.unknown().optional(),
  rollout: z.unknown().optional(),
  /** Left out: what stands is kept. */
  meta: editableMeta.optional(),
  /** For configs: the values in `spec` (and candidate and restore) are closed before they are stored anywhere. */
  secret: z.literal(true, { error: "secret must be true, or left out" }).optional(),
  /**
   * Ends by itself: at `at` the spec becomes `restore` again; left out, what stands now is restored (deleted where
   * there is nothing). Any later edit cancels it, unless it says so anew.
   */
  expiry: z
    .strictObject({
      at: z.iso.datetime({ error: "must be a time such as 2026-11-23T03:00:00Z" }),
      restore: z.json().optional(),
    })
    .optional(),
  baseRevision: z
    .int({ error: "baseRevision must be a revision, or 0 where there is no such resource" })
    .min(0),
});
export type EditRequest = z.infer<typeof editRequest>;

export const changeSetRequest = z.strictObject({
  env: environmentName,
  /** Made by the client, so that a retry after a lost answer is safe. */
  id: changeSetId,
  groupId: changeSetId.optional(),
  reason: z
    .string({ error: "reason must be text: say why" })
    .trim()
    .min(1, { error: "reason must not be empty: say why" })
    .max(LIMITS.reasonLength, { error: `reason must be at most ${LIMITS.reasonLength} characters` }),
  /** Why the interlock may be broken; for admins. */
  override: z
    .strictObject({
      reason: z
        .string({ error: "override.reason must be text: say why" })
        .trim()
        .min(1, { error: "override.reason must not be empty: say why" })
        .max(LIMITS.reasonLength),
    })
    .optional(),
  edits: z.array(editRequest).min(1, { error: "edits must hold at least one edit" }),
});
export type ChangeSetRequest = z.infer<typeof changeSetRequest> & { readonly author: Author };

declare const validated: unique symbol;
/** A request that {@link validate} let through. */
export type ValidRequest = ChangeSetRequest & { readonly [validated]: true };

/** Checks the request alone, before anything is read. Throws INVALID. */
export function validate(request: ChangeSetRequest): ValidRequest {
  const { author, ...rest } = request;
  const result = changeSetRequest.safeParse(rest);
  const authored = authorSchema.safeParse(author);
  if (!result.success) throw new DomainError("INVALID", describeIssues(result.error));
  if (!authored.success) throw new DomainError("INVALID", describeIssues(authored.error, "author"));
  const seen = new Set<string>();
  for (const edit of result.data.edits) {
    const name = formatRef(edit);
    if (seen.has(name))
      throw new DomainError("INVALID", `${name} is edited twice in one change set: merge the edits.`);
    seen.add(name);
    if (edit.op === "put" && edit.spec === undefined)
      throw new DomainError("INVALID", `${name}: spec is missing`);
    if (edit.op === "delete" && edit.baseRevision === 0) {
      throw new DomainError("INVALID", `${name}: baseRevision is missing: only what was seen can be deleted`);
    }
  }
  return { ...result.data, author: authored.data } as ValidRequest;
}

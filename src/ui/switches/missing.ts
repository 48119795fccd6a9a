import type { Draft } from "./draft.ts";
import type { LeverPlan } from "./lever-plan.ts";
import { CONTEXT_KEY } from "./share-draft.ts";
import type { AudienceCheck } from "./use-audience-check.ts";

/** What still keeps a draft from being published. */
export type Missing =
  | "readOnly"
  | "rights"
  | "payload"
  | "static"
  | "audience"
  | "share"
  | "times"
  | "change"
  | "reason"
  | "name";

export interface Look {
  readonly stale: boolean;
  /** Whether whoever is signed in may change it. */
  readonly allowed: boolean;
  readonly plan: Pick<LeverPlan, "spec" | "share" | "changed">;
  readonly audience: Pick<AudienceCheck, "good">;
  /** Whether a time can't be, or is over. */
  readonly times: boolean;
  readonly draft: Pick<Draft, "reason" | "typedName">;
  readonly mustName: boolean;
  readonly name: string;
}

/** The first thing that an author still has to do; undefined when the change can be sent. Pure. */
export function whatIsMissing(look: Look): Missing | undefined {
  const { stale, allowed, plan, audience, times, draft, mustName, name } = look;
  const { spec, share, changed } = plan;
  if (stale) return "readOnly";
  if (!allowed) return "rights";
  if (!spec.ok) return "payload";
  if (spec.spec.strategy === "static" && spec.spec.payload === undefined) return "static";
  if (!audience.good) return "audience";
  if (share?.by === "context" && !CONTEXT_KEY.test(share.contextKey)) return "share";
  if (times) return "times";
  if (!changed) return "change";
  if (draft.reason.trim() === "") return "reason";
  return mustName && draft.typedName.trim() !== name ? "name" : undefined;
}

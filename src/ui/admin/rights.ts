import type { SessionView } from "../api/contract.ts";
import { mayIn } from "../session/rights.ts";

export type WhyNot = "own" | "right";

/** Why somebody may not decide on what waits; undefined where they may. Its author may take it back. Pure. */
export function whyNotDecide(
  session: SessionView,
  env: string,
  waiting: { readonly person: string; readonly levers: readonly string[] },
  what: "approve" | "reject" | "acknowledge",
): WhyNot | undefined {
  if (what !== "reject" && waiting.person === session.author?.id) return "own";
  const services = [...new Set(waiting.levers.map((lever) => lever.split("/")[0] ?? ""))];
  return mayIn(session.scopes, "operator", env, services) ? undefined : "right";
}

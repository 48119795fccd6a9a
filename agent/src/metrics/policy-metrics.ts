import type { Registry } from "prom-client";
import type { DegradeRules, Policies } from "../policy/index.ts";
import { counter, gauge } from "./scraped.ts";

/** What calls by name did. Labels are bounded: names by the number of policies (500), the rest by closed lists. */
export function registerPolicies(registry: Registry, policies: Policies, rules: DegradeRules): void {
  counter(registry, "calls", "Calls by name and how they ended.", ["name", "outcome"], (add) => {
    for (const { name, stats } of policies)
      for (const [outcome, count] of Object.entries(stats.outcomes)) add({ name, outcome }, count);
  });
  counter(
    registry,
    "call_attempts",
    "Attempts that were made, first ones and retries.",
    ["name", "attempt"],
    (add) => {
      for (const { name, stats } of policies) {
        add({ name, attempt: "first" }, stats.attempts - stats.retries);
        add({ name, attempt: "retry" }, stats.retries);
      }
    },
  );
  counter(registry, "retries_refused", "Retries that were not made, by why.", ["name", "reason"], (add) => {
    for (const { name, stats } of policies)
      for (const [reason, count] of Object.entries(stats.refusals)) add({ name, reason }, count);
  });
  gauge(registry, "retry_budget_left", "Retries that the callee may be sent now.", ["name"], (set) => {
    for (const { name, budgetLeft } of policies) if (budgetLeft !== undefined) set({ name }, budgetLeft);
  });
  counter(
    registry,
    "degradations",
    "Answers that something else gave, by why.",
    ["name", "reason"],
    (add) => {
      for (const { name, stats } of policies)
        for (const [reason, count] of Object.entries(stats.degradations)) add({ name, reason }, count);
    },
  );
  counter(registry, "limit_calls", "Calls by what a limit made of them.", ["name", "outcome"], (add) => {
    for (const { name, active, passed, refused } of policies.limiters) {
      if (!active && passed === 0) continue;
      add({ name, outcome: "passed" }, passed);
      add({ name, outcome: "refused" }, refused);
    }
  });
  gauge(registry, "limit_waiting", "Calls that wait for their turn.", ["name"], (set) => {
    for (const { name, active, waiting } of policies.limiters) if (active) set({ name }, waiting);
  });
  gauge(registry, "limit_places", "Calls that may be under way at once.", ["name"], (set) => {
    for (const { name, places } of policies.limiters) if (places !== undefined) set({ name }, places);
  });
  gauge(
    registry,
    "rule_share_bp",
    "How much a rule degrades now, in basis points.",
    ["rule", "target"],
    (set) => {
      for (const { rule, shareBp, switch: lever, breaker } of rules.reports())
        set({ rule, target: lever === undefined ? `breaker/${breaker ?? ""}` : `switch/${lever}` }, shareBp);
    },
  );
}

import type { Severity } from "./alert-settings.ts";
import type { AlertLabels } from "./matching.ts";

/** One group of labels that a rule's condition holds for. */
export interface AlertState {
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity: Severity;
  /** With `alertname`, `severity` and `env`, as Prometheus has them. */
  readonly labels: AlertLabels;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  /** ISO. Since when the condition holds without a break. */
  readonly since: string;
  /** ISO; since it fires. Undefined while it only waits for its `for`. */
  readonly startsAt?: string;
  /** ISO; when it ended. Kept for a while, so that those who were told are told of the end. */
  readonly endsAt?: string;
  /** When the condition held last: it fires on for `keepFiringSeconds`. */
  readonly heldAt: string;
  /** As measured last. */
  readonly value: number;
}

export type AlertPhase = "pending" | "firing" | "resolved";

export function phaseOf({ startsAt, endsAt }: Pick<AlertState, "startsAt" | "endsAt">): AlertPhase {
  if (endsAt !== undefined) return "resolved";
  return startsAt === undefined ? "pending" : "firing";
}

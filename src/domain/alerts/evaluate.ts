import { type AlertRule, factorAt, type SaleDay } from "./alert-settings.ts";
import { type AlertState, phaseOf } from "./alert-state.ts";
import { exceeds, thresholdAt } from "./condition.ts";
import { type AlertLabels, fingerprintOf } from "./matching.ts";

/** What a rule's figure was, for one group of labels. */
export interface Measured {
  readonly labels: AlertLabels;
  readonly value: number;
}

export interface Looked {
  readonly env: string;
  readonly rule: AlertRule;
  readonly measured: readonly Measured[];
  readonly saleDays: readonly SaleDay[];
  readonly nowMs: number;
}

/** Groups that one rule may fire for at once; the others of a look are left out, the worst first kept. */
export const MOST_ALERTS_A_RULE = 100;

/**
 * How a rule's alerts stand after a look: those of `before` go on, wait, fire or end, and new ones begin. What could not
 * be measured is no look: then nothing is called, and everything stays as it was. A group that was measured before and is
 * not any more has ended, as in Prometheus. Pure.
 */
export function evaluateRule(before: readonly AlertState[], look: Looked): AlertState[] {
  const { rule, nowMs } = look;
  const now = new Date(nowMs).toISOString();
  const standing = new Map(before.map((state) => [state.fingerprint, state]));
  const after: AlertState[] = [];
  const exceeding = new Set<string>();
  for (const { labels, value } of exceedingOf(look)) {
    const state = labelled(look, labels, value);
    if (exceeding.has(state.fingerprint)) continue;
    exceeding.add(state.fingerprint);
    const known = standing.get(state.fingerprint);
    const goesOn = known !== undefined && phaseOf(known) !== "resolved" ? known : undefined;
    const since = goesOn?.since ?? now;
    const ripe = nowMs - Date.parse(since) >= rule.forSeconds * 1_000;
    const startsAt = goesOn?.startsAt ?? (ripe ? now : undefined);
    after.push({ ...state, since, heldAt: now, ...(startsAt === undefined ? {} : { startsAt }) });
    // Its end is still to be told of, if it began anew within one look.
    if (known !== undefined && goesOn === undefined) standing.delete(state.fingerprint);
  }
  for (const state of standing.values()) {
    if (exceeding.has(state.fingerprint)) continue;
    const ended = endedAt(state, rule, nowMs);
    if (ended !== undefined) after.push(ended);
  }
  return after;
}

/** Alerts of a rule that is no more, or is switched off: what fired has ended. */
export const endAll = (before: readonly AlertState[], nowMs: number): AlertState[] =>
  before.flatMap((state) => {
    if (phaseOf(state) === "pending") return [];
    return [phaseOf(state) === "resolved" ? state : { ...state, endsAt: new Date(nowMs).toISOString() }];
  });

function endedAt(state: AlertState, rule: AlertRule, nowMs: number): AlertState | undefined {
  const phase = phaseOf(state);
  if (phase === "pending") return undefined;
  if (phase === "resolved") return state;
  if (nowMs - Date.parse(state.heldAt) < rule.keepFiringSeconds * 1_000) return state;
  return { ...state, endsAt: new Date(nowMs).toISOString() };
}

function exceedingOf({ rule, measured, saleDays, nowMs }: Looked): readonly Measured[] {
  const { condition } = rule;
  const found = measured.filter(({ labels, value }) => {
    const threshold = thresholdAt(condition, factorAt(saleDays, labels["service"], nowMs));
    return Number.isFinite(value) && exceeds(condition.op, value, threshold);
  });
  if (found.length <= MOST_ALERTS_A_RULE) return found;
  const sign = condition.op.startsWith(">") ? -1 : 1;
  return found.toSorted((a, b) => sign * (a.value - b.value)).slice(0, MOST_ALERTS_A_RULE);
}

type Labelled = Omit<AlertState, "since" | "startsAt" | "endsAt" | "heldAt">;

function labelled({ env, rule }: Looked, measured: AlertLabels, value: number): Labelled {
  const labels = { ...measured, env, alertname: rule.name, severity: rule.severity };
  return {
    // The severity may be changed without the alert becoming another one.
    fingerprint: fingerprintOf({ ...measured, env, alertname: rule.name }),
    rule: rule.name,
    severity: rule.severity,
    labels,
    summary: fill(rule.summary, labels, value),
    description: fill(rule.description, labels, value),
    runbook: rule.runbook,
    value,
  };
}

/** `{{ service }}` is the label, `{{ value }}` the figure with three digits; what is unknown stays as it is written. */
export function fill(template: string, labels: AlertLabels, value: number): string {
  return template.replaceAll(/\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}/g, (whole, name: string) =>
    name === "value" ? formatValue(value) : (labels[name] ?? whole),
  );
}

export const formatValue = (value: number): string => String(Number(value.toPrecision(3)));

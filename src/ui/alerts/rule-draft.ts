import type { AlertRule, RuleInput } from "./api.ts";

/** A rule as it is typed: every field a text, so that nothing that was typed is lost. */
export interface RuleDraft {
  readonly name: string;
  readonly severity: AlertRule["severity"];
  readonly kind: "gauge" | "rate" | "quantile";
  readonly metric: string;
  readonly join: "max" | "min" | "avg" | "sum";
  readonly quantile: string;
  readonly where: string;
  readonly by: string;
  readonly window: string;
  readonly op: AlertRule["condition"]["op"];
  readonly threshold: string;
  readonly forSeconds: string;
  readonly keepFiring: string;
  readonly scales: boolean;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  readonly enabled: boolean;
}

export const EMPTY_RULE: RuleDraft = {
  name: "",
  severity: "warning",
  kind: "quantile",
  metric: "http_request_duration_seconds",
  join: "max",
  quantile: "0.99",
  where: "",
  by: "service",
  window: "60",
  op: ">",
  threshold: "",
  forSeconds: "60",
  keepFiring: "0",
  scales: false,
  summary: "",
  description: "",
  runbook: "",
  enabled: true,
};

type Figure = AlertRule["condition"]["figure"];
export type Plain = Exclude<Figure, { kind: "ratio" }>;
type Where = NonNullable<Plain["where"]>;

/** `state=OPEN, zone!=a`. Pure. */
export const whereText = (where: Plain["where"]): string =>
  Object.entries(where ?? {})
    .map(([name, match]) =>
      "is" in match
        ? `${name}=${match.is}`
        : "not" in match
          ? `${name}!=${match.not}`
          : `${name}=~${match.matches}`,
    )
    .join(", ");

/** What a form shows of a rule. A ratio is not built by this form: its figure stays as it is. Pure. */
export function draftOf(rule: AlertRule): RuleDraft {
  const { figure, by, windowSeconds, op, threshold, scales } = rule.condition;
  const plain: Plain = figure.kind === "ratio" ? { kind: "rate", metric: "" } : figure;
  return {
    name: rule.name,
    severity: rule.severity,
    kind: plain.kind,
    metric: plain.metric,
    join: plain.kind === "gauge" ? plain.by : "max",
    quantile: plain.kind === "quantile" ? String(plain.q) : "0.99",
    where: whereText(plain.where),
    by: by.join(", "),
    window: String(windowSeconds),
    op,
    threshold: String(threshold),
    forSeconds: String(rule.forSeconds),
    keepFiring: String(rule.keepFiringSeconds),
    scales,
    summary: rule.summary,
    description: rule.description,
    runbook: rule.runbook,
    enabled: rule.enabled,
  };
}

function whereOf(text: string): Where {
  const where: Record<string, Where[string]> = {};
  for (const part of text.split(",").map((one) => one.trim())) {
    const found = /^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!=|=)(.*)$/.exec(part);
    if (found === null) continue;
    const [, name = "", op, value = ""] = found;
    where[name] = op === "=" ? { is: value } : op === "!=" ? { not: value } : { matches: value };
  }
  return where;
}

const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

/** Which fields can't be sent as they are typed. Pure. */
export function faultsOf(draft: RuleDraft): ReadonlySet<keyof RuleDraft> {
  const faults = new Set<keyof RuleDraft>();
  if (!/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(draft.name)) faults.add("name");
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]{0,127}$/.test(draft.metric)) faults.add("metric");
  const parts = draft.where.split(",").filter((part) => part.trim() !== "");
  if (parts.length !== Object.keys(whereOf(draft.where)).length) faults.add("where");
  for (const field of ["window", "forSeconds", "keepFiring"] as const) {
    const seconds = numberOf(draft[field]);
    if (!Number.isInteger(seconds) || seconds < (field === "window" ? 5 : 0) || seconds > 86_400)
      faults.add(field);
  }
  if (!Number.isFinite(numberOf(draft.threshold))) faults.add("threshold");
  const q = numberOf(draft.quantile);
  if (draft.kind === "quantile" && !(q > 0 && q < 1)) faults.add("quantile");
  if (draft.summary.trim() === "") faults.add("summary");
  return faults;
}

function figureOf(draft: RuleDraft, before: AlertRule | null): Figure {
  const standing = before?.condition.figure;
  if (standing?.kind === "ratio") return standing;
  const where = whereOf(draft.where);
  const of = { metric: draft.metric, ...(Object.keys(where).length === 0 ? {} : { where }) };
  if (draft.kind === "gauge") return { kind: "gauge", by: draft.join, ...of };
  return draft.kind === "rate"
    ? { kind: "rate", ...of }
    : { kind: "quantile", q: numberOf(draft.quantile), ...of };
}

/** The rule to send. Pure. */
export const ruleOf = (draft: RuleDraft, before: AlertRule | null): RuleInput => ({
  name: draft.name,
  severity: draft.severity,
  condition: {
    figure: figureOf(draft, before),
    by: draft.by.split(/[\s,]+/).filter(Boolean),
    windowSeconds: numberOf(draft.window),
    op: draft.op,
    threshold: numberOf(draft.threshold),
    scales: draft.scales,
  },
  forSeconds: numberOf(draft.forSeconds),
  keepFiringSeconds: numberOf(draft.keepFiring),
  summary: draft.summary.trim(),
  description: draft.description.trim(),
  runbook: draft.runbook.trim(),
  enabled: draft.enabled,
});

import type { useTranslations } from "next-intl";
import type { AlertRule } from "./api.ts";
import { type Plain, whereText } from "./rule-draft.ts";

type Figure = AlertRule["condition"]["figure"];

const labelsOf = (where: Plain["where"]): string => (where === undefined ? "" : `{${whereText(where)}}`);

/** What is measured, in the short form that dashboards use: `p99 http_request_duration_seconds`. */
export function figureWords(figure: Figure): string {
  switch (figure.kind) {
    case "rate":
      return `rate ${figure.metric}${labelsOf(figure.where)}`;
    case "quantile":
      return `p${Number((figure.q * 100).toFixed(1))} ${figure.metric}${labelsOf(figure.where)}`;
    case "gauge":
      return `${figure.by} ${figure.metric}${labelsOf(figure.where)}`;
    case "ratio":
      return `${figureWords(figure.of)} / ${figureWords(figure.to)}`;
  }
}

/** `max circuitbreaker_state{state=OPEN} by service, name ≥ 1 for 30 s` */
export function ruleWords(t: ReturnType<typeof useTranslations<"alerts">>, rule: AlertRule): string {
  const { figure, by, op, threshold } = rule.condition;
  const sign = op === ">=" ? "≥" : op === "<=" ? "≤" : op;
  const grouped = by.length === 0 ? "" : ` ${t("by", { labels: by.join(", ") })}`;
  const held = rule.forSeconds === 0 ? "" : ` ${t("for", { count: rule.forSeconds })}`;
  return `${figureWords(figure)}${grouped} ${sign} ${threshold}${held}`;
}

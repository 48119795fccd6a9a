import { toPromql } from "../metrics/promql.ts";
import type { AlertRule } from "./alert-settings.ts";

/** As Prometheus reads it: `groups[].rules[]`. */
export interface PrometheusRuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for: string;
      readonly keep_firing_for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

/**
 * An environment's rules for a Prometheus that scrapes by our service discovery. Sale days are not in it: a rule file knows
 * no dates. `keep_firing_for` needs Prometheus 2.42.
 */
export function ruleFileOf(env: string, rules: readonly AlertRule[]): PrometheusRuleFile {
  return {
    groups: [
      {
        name: `leverframe-${env}`,
        rules: rules
          .filter(({ enabled }) => enabled)
          .map((rule) => {
            const { figure, by, windowSeconds, op, threshold } = rule.condition;
            const template = (text: string): string => templateOf(text, env, by);
            return {
              alert: rule.name,
              expr: `(${toPromql({ env, figure, by }, windowSeconds * 1_000)}) ${op} ${threshold}`,
              for: `${rule.forSeconds}s`,
              ...(rule.keepFiringSeconds === 0 ? {} : { keep_firing_for: `${rule.keepFiringSeconds}s` }),
              labels: { severity: rule.severity, env },
              annotations: {
                summary: template(rule.summary),
                ...(rule.description === "" ? {} : { description: template(rule.description) }),
                ...(rule.runbook === "" ? {} : { runbook_url: rule.runbook }),
              },
            };
          }),
      },
    ],
  };
}

/** `{{ service }}` as Prometheus' templates write it; what is no label of the alert stays words. */
function templateOf(text: string, env: string, by: readonly string[]): string {
  return text.replaceAll(/\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}/g, (_, name: string) => {
    if (name === "value") return '{{ $value | printf "%.3g" }}';
    if (name === "env") return env;
    return by.includes(name) ? `{{ $labels.${name} }}` : name;
  });
}

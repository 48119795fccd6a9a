import type { AlertRule, AlertSettings } from "./alert-settings.ts";

const common = { description: "", runbook: "", enabled: true, keepFiringSeconds: 0 } as const;

/** What every environment begins with; people change and add to it. */
export const SHIPPED_RULES: readonly AlertRule[] = [
  {
    ...common,
    name: "BreakerOpen",
    severity: "warning",
    condition: {
      figure: {
        kind: "gauge",
        metric: "circuitbreaker_state",
        by: "max",
        where: { state: { is: "OPEN" } },
      },
      by: ["service", "name"],
      windowSeconds: 15,
      op: ">=",
      threshold: 1,
      scales: false,
    },
    forSeconds: 30,
    summary: "{{ service }}: the breaker {{ name }} has been open for over 30 s",
    description:
      "Calls are refused at once, or something else answers them. Look at the dependency, and at the breaker's row in Resilience.",
  },
  {
    ...common,
    name: "RetrySuccessLow",
    severity: "warning",
    condition: {
      figure: { kind: "gauge", metric: "retry_success_rate", by: "min" },
      by: ["service", "name"],
      windowSeconds: 60,
      op: "<",
      threshold: 50,
      scales: false,
    },
    forSeconds: 30,
    summary: "{{ service }}: only {{ value }} % of the retried calls to {{ name }} end well",
    description: "Retries only add load there. Lower maxAttempts, or open the breaker until it is well.",
  },
  {
    ...common,
    name: "ReadModelLate",
    severity: "warning",
    condition: {
      figure: { kind: "gauge", metric: "leverframe_read_model_delay_seconds", by: "max" },
      by: [],
      windowSeconds: 15,
      op: ">",
      threshold: 0.5,
      scales: false,
    },
    forSeconds: 30,
    summary: "The history of {{ env }} is {{ value }} s behind etcd",
    description: "Levers still move, and nothing is lost. Look at /readyz (sql) for why SQL does not answer.",
  },
  {
    ...common,
    name: "InstancesUnproved",
    severity: "warning",
    condition: {
      figure: { kind: "gauge", metric: "leverframe_instances_unproved", by: "max" },
      by: ["service"],
      windowSeconds: 15,
      op: ">",
      threshold: 0,
      scales: false,
    },
    forSeconds: 60,
    summary: "{{ service }}: {{ value }} instances have not proved the last change",
    description: "They have no lease any more, or do not answer: what they obey is not known. See Services.",
  },
];

/** An environment that nobody set anything for. */
export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  schema: 1,
  rules: [...SHIPPED_RULES],
  receivers: [],
  routes: [],
  inhibitions: [],
  saleDays: [],
  silences: [],
};

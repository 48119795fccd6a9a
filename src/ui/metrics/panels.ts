import type { Figure, Labels } from "../api/contract.ts";
import type { Unit } from "../charts/unit.ts";

/** One question of a panel. */
export interface Asked {
  readonly figure: Figure;
  readonly by: readonly string[];
  readonly where: Labels | undefined;
  /** Before the values of `by`, where a panel asks several. */
  readonly label?: string;
}

export const PANELS = [
  "requests",
  "errors",
  "durations",
  "dependencyRequests",
  "dependencyErrors",
  "dependencyDurations",
  "rpcCalls",
  "rpcDurations",
  "eventLoop",
  "pools",
  "waiting",
  "breakersOpen",
  "breakerFailures",
  "retries",
  "retrySuccess",
  "timeouts",
  "degradations",
  "cpu",
  "memory",
] as const;
export type PanelName = (typeof PANELS)[number];

export const SECTIONS_OF_PANELS = {
  requests: ["requests", "errors", "durations"],
  dependencies: ["dependencyRequests", "dependencyErrors", "dependencyDurations", "rpcCalls", "rpcDurations"],
  saturation: ["eventLoop", "pools", "waiting"],
  resilience: ["breakersOpen", "breakerFailures", "retries", "retrySuccess", "timeouts", "degradations"],
  runtime: ["cpu", "memory"],
} as const satisfies Record<string, readonly PanelName[]>;
export type PanelSection = keyof typeof SECTIONS_OF_PANELS;

/** How lines are told apart: by service, instance, zone or route; a service as a whole. */
export const SPLITS = ["service", "whole", "instance", "zone", "route"] as const;
export type Split = (typeof SPLITS)[number];

/** What a page of metrics looks at. */
export interface Scope {
  readonly service: string | undefined;
  readonly instance: string | undefined;
  readonly route: string | undefined;
  readonly dependency: string | undefined;
  readonly split: Split;
}

/** The scope that an address names. A service is looked at as a whole, an environment by service, unless `by` says else. Pure. */
export function scopeOf(search: Pick<URLSearchParams, "get">): Scope {
  const read = (name: string): string | undefined => search.get(name) || undefined;
  const service = read("service");
  const by = read("by");
  const split =
    SPLITS.find((one) => one === by && (one !== "whole" || service !== undefined)) ??
    (service === undefined ? "service" : "whole");
  return { service, instance: read("instance"), route: read("route"), dependency: read("dependency"), split };
}

interface Panel {
  readonly unit: Unit;
  readonly asked: readonly Asked[];
}

type Plain = Exclude<Figure, { readonly kind: "ratio" }>;
const rate = (metric: string, where?: Labels): Plain => ({ kind: "rate", metric, where });
const ratio = (of: Plain, to: Plain): Figure => ({ kind: "ratio", of, to });
const gauge = (metric: string, by: "avg" | "max" | "min" | "sum", where?: Labels): Plain => ({
  kind: "gauge",
  metric,
  by,
  where,
});
const quantile = (q: number, metric: string): Plain => ({ kind: "quantile", q, metric });

/** What a panel asks in a scope. `whole` names the line of all together. Pure. */
export function panelOf(name: PanelName, scope: Scope, whole: string): Panel {
  const where = whereOf(scope);
  const byHttp = scope.split === "whole" ? [] : [scope.split];
  // Nothing but requests has a route.
  const by = scope.split === "whole" || scope.split === "route" ? [] : [scope.split];
  const instances = scope.service === undefined ? ["service"] : ["instance"];
  const http = { ...where, ...is("route", scope.route) };
  const dependency = { ...where, ...is("dependency", scope.dependency) };
  const one = (unit: Unit, figure: Figure, labels: readonly string[], conditions: Labels = where): Panel => ({
    unit,
    asked: [{ figure, by: labels, where: conditions, ...(labels.length === 0 ? { label: whole } : {}) }],
  });
  const percentiles = (metric: string, labels: readonly string[], conditions: Labels): Panel =>
    labels.length > 0
      ? one("seconds", quantile(0.99, metric), labels, conditions)
      : {
          unit: "seconds",
          asked: [0.5, 0.95, 0.99].map((q) => ({
            figure: quantile(q, metric),
            by: labels,
            where: conditions,
            label: `p${Math.round(q * 100)}`,
          })),
        };
  const calls = (...labels: string[]): readonly string[] =>
    scope.service === undefined ? ["service", ...labels] : [...by, ...labels];
  switch (name) {
    case "requests":
      return one("perSecond", rate("http_requests_total"), byHttp, http);
    case "errors":
      return one(
        "share",
        ratio(rate("http_requests_total", { status: { matches: "5.." } }), rate("http_requests_total")),
        byHttp,
        http,
      );
    case "durations":
      return percentiles("http_request_duration_seconds", byHttp, http);
    case "dependencyRequests":
      return one("perSecond", rate("dependency_requests_total"), calls("dependency"), dependency);
    case "dependencyErrors":
      return one(
        "share",
        ratio(
          rate("dependency_requests_total", { outcome: { not: "ok" } }),
          rate("dependency_requests_total"),
        ),
        calls("dependency"),
        dependency,
      );
    case "dependencyDurations":
      return one("seconds", quantile(0.99, "dependency_duration_seconds"), calls("dependency"), dependency);
    case "rpcCalls":
      return one("perSecond", rate("grpc_server_calls_total"), calls("method"));
    case "rpcDurations":
      return one("seconds", quantile(0.99, "grpc_server_call_duration_seconds"), calls("method"));
    case "eventLoop":
      return one("seconds", gauge("nodejs_eventloop_lag_p99_seconds", "max"), instances);
    case "pools":
      return one("share", ratio(gauge("pool_in_use", "sum"), gauge("pool_size", "sum")), calls("pool"));
    case "waiting":
      return one("count", gauge("leverframe_agent_limit_waiting", "sum"), calls("name"));
    case "breakersOpen":
      return one("count", gauge("circuitbreaker_state", "sum", { state: { is: "OPEN" } }), calls("name"));
    case "breakerFailures":
      return one("percent", gauge("circuitbreaker_failure_rate", "max"), calls("name"));
    case "retries":
      return one("perSecond", rate("retry_total"), calls("name"));
    case "retrySuccess":
      return one("percent", gauge("retry_success_rate", "avg"), calls("name"));
    case "timeouts":
      return one("perSecond", rate("timeout_total"), calls("name"));
    case "degradations":
      return one("perSecond", rate("degradations_total"), calls("name", "reason"));
    case "cpu":
      return one("percent", gauge("process_cpu_percent", "max"), instances);
    case "memory":
      return one("bytes", gauge("process_resident_memory_bytes", "max"), instances);
  }
}

const is = (name: string, value: string | undefined): Labels =>
  value === undefined ? {} : { [name]: { is: value } };

const whereOf = (scope: Scope): Labels => ({
  ...is("service", scope.service),
  ...is("instance", scope.instance),
});

import { Counter, Histogram, type Registry } from "prom-client";

/** One request that was served. */
export interface Served {
  /** The route's template, such as `/orders/:id`; never the path itself, which has no bound. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly tookMs: number;
}

/** Series of a metric; what is beyond them counts as route `other`. */
export const MOST_SERIES = 200;
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LABELS = ["route", "method", "status"] as const;
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

type Count = (served: Served) => void;
const known = new WeakMap<Registry, Count>();

/** Counts served requests in `registry`, such as `agent.metrics`: `http_requests_total`, `http_request_duration_seconds`. */
export function httpMetrics(registry: Registry): Count {
  const made = known.get(registry) ?? newMetrics(registry);
  known.set(registry, made);
  return made;
}

function newMetrics(registry: Registry): Count {
  const registers = [registry];
  const total = new Counter({
    name: "http_requests_total",
    help: "Requests served.",
    labelNames: LABELS,
    registers,
  });
  const seconds = new Histogram({
    name: "http_request_duration_seconds",
    help: "From the request's head to the answer's last byte.",
    labelNames: LABELS,
    buckets: BUCKETS,
    registers,
  });
  const series = new Set<string>();
  return ({ route, method, status, tookMs }) => {
    const known = { method: METHODS.has(method) ? method : "other", status: String(status) };
    const name = `${known.method} ${known.status} ${route}`;
    if (series.size < MOST_SERIES) series.add(name);
    const labels = { ...known, route: series.has(name) ? route : "other" };
    total.inc(labels);
    seconds.observe(labels, tookMs / 1_000);
  };
}

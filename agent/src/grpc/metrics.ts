import { status } from "@grpc/grpc-js";
import { Counter, Histogram, type Registry } from "prom-client";

/** Where calls of a registry are counted; the names are those of OpenTelemetry's conventions, as Prometheus writes them. */
export interface RpcMetrics {
  client(path: string, code: status, tookMs: number): void;
  server(path: string, code: status, tookMs: number): void;
}

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Methods beyond these are counted together as `other`. */
const MOST_METHODS = 100;

/** Counters and histograms of gRPC calls in `registry`, such as `agent.metrics`; asked again, the same. */
export function rpcMetrics(registry: Registry): RpcMetrics {
  const sides = { client: side(registry, "client"), server: side(registry, "server") };
  return sides;
}

function side(registry: Registry, name: "client" | "server"): RpcMetrics["client"] {
  const labelNames = ["method", "code"] as const;
  const registers = [registry];
  const total = `grpc_${name}_calls_total`;
  const duration = `grpc_${name}_call_duration_seconds`;
  const calls =
    (registry.getSingleMetric(total) as Counter<"method" | "code"> | undefined) ??
    new Counter({ name: total, help: `gRPC calls, ${name} side.`, labelNames, registers });
  const seconds =
    (registry.getSingleMetric(duration) as Histogram<"method"> | undefined) ??
    new Histogram({
      name: duration,
      help: `How long gRPC calls took, ${name} side; streams until they ended.`,
      labelNames: ["method"] as const,
      buckets: BUCKETS,
      registers,
    });
  const methods = new Set<string>();
  return (path, code, tookMs) => {
    if (methods.size < MOST_METHODS) methods.add(path);
    const method = methods.has(path) ? path : "other";
    calls.inc({ method, code: status[code] });
    seconds.observe({ method }, tookMs / 1_000);
  };
}

import { DomainError } from "../../domain/errors.ts";
import type { MetricsReader } from "./metrics-reader.ts";

/** Where there is neither a store nor a Prometheus: every question is answered by how to get one. */
export function createNoReader(): MetricsReader {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new DomainError(
        "UNAVAILABLE",
        "No metrics are kept here: LEVERFRAME_TELEMETRY is off. Turn it on, or name a Prometheus by PROMETHEUS_URL.",
      ),
    );
  return { range: refuse, instant: refuse };
}

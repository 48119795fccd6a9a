import { Counter, Gauge } from "prom-client";
import type { ControlMetrics } from "../server/metrics.ts";
import type { IngestCounters } from "../telemetry/ingest/counters.ts";

interface Looked {
  readonly counters: IngestCounters | undefined;
  readonly storeUp: boolean;
  readonly ingestUp: boolean;
}

/**
 * What the ingest counts, at the control plane's `/metrics`: read when somebody scrapes. The counters begin anew when
 * the ingest is started again, as counters do. Gives what takes them away.
 */
export function watchIngest({ registry }: Pick<ControlMetrics, "registry">, look: () => Looked): () => void {
  const names: string[] = [];
  const counter = (
    name: string,
    help: string,
    labels: readonly string[],
    read: (counters: IngestCounters) => Readonly<Record<string, number>>,
  ): void => {
    names.push(name);
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset();
        const { counters } = look();
        if (counters === undefined) return;
        for (const [key, value] of Object.entries(read(counters))) {
          const values = key.split("|");
          this.inc(Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""])), value);
        }
      },
    });
  };
  const gauge = (name: string, help: string, read: (looked: Looked) => number): void => {
    names.push(name);
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(look()));
      },
    });
  };
  const byOutcome = ["signal", "protocol", "outcome"];
  counter("leverframe_ingest_requests_total", "Telemetry requests by outcome", byOutcome, (c) => c.requests);
  counter("leverframe_ingest_rows_total", "Spans and data points stored", ["signal"], (c) => c.stored);
  counter(
    "leverframe_ingest_rejected_rows_total",
    "Rows not taken, by reason",
    ["reason"],
    (c) => c.rejected,
  );
  counter("leverframe_ingest_redacted_values_total", "Values cut or replaced", [], (c) => ({
    all: c.redacted,
  }));
  counter(
    "leverframe_ingest_dropped_attributes_total",
    "Attributes, events, links past the bound",
    [],
    (c) => ({
      all: c.attributesDropped,
    }),
  );
  counter("leverframe_ingest_shortened_values_total", "Values cut to 16 KiB", [], (c) => ({
    all: c.valuesShortened,
  }));
  counter("leverframe_ingest_insert_failures_total", "Inserts that failed, each try", [], (c) => ({
    all: c.insertsFailed,
  }));
  counter("leverframe_ingest_cpu_seconds_total", "CPU of the ingest", [], (c) => ({ all: c.cpuSeconds }));
  gauge(
    "leverframe_ingest_held_bytes",
    "Bodies and rows in hand",
    ({ counters }) => counters?.heldBytes ?? 0,
  );
  gauge("leverframe_ingest_bound_bytes", "What may be in hand", ({ counters }) => counters?.boundBytes ?? 0);
  gauge(
    "leverframe_ingest_resident_bytes",
    "Memory of the ingest",
    ({ counters }) => counters?.residentBytes ?? 0,
  );
  gauge("leverframe_ingest_up", "1 while the ingest listens", ({ ingestUp }) => (ingestUp ? 1 : 0));
  gauge("leverframe_telemetry_store_up", "1 while the store answers", ({ storeUp }) => (storeUp ? 1 : 0));
  return () => {
    for (const name of names) registry.removeSingleMetric(name);
  };
}

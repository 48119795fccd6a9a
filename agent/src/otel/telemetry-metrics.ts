import type { Registry } from "prom-client";
import { counter, gauge } from "../metrics/scraped.ts";
import type { Redaction } from "./redaction.ts";
import type { SpanKeeper } from "./span-keeper.ts";

interface Counted {
  readonly counts: { readonly exported: number; readonly dropped: number; readonly failed: number };
  readonly bytes: number;
}

export interface TelemetryParts {
  readonly spans: Counted;
  readonly calls: Counted;
  readonly keeper: SpanKeeper;
  readonly redaction: Redaction;
}

const NAMES = ["telemetry_items_total", "telemetry_redacted_total", "telemetry_attributes_dropped_total"];
const GAUGES = ["telemetry_queue_bytes", "telemetry_spans_waiting"];

/** Tells of telemetry itself in the agent's own metrics. Returns what takes it out. */
export function registerTelemetry(
  registry: Registry,
  { spans, calls, keeper, redaction }: TelemetryParts,
): () => void {
  const signals = { traces: spans, metrics: calls } as const;
  counter(
    registry,
    "telemetry_items",
    "Spans, and periods of figures, by what became of them; forgotten: unsampled spans that there was no room to wait for.",
    ["signal", "outcome"],
    (add) => {
      for (const [signal, { counts }] of Object.entries(signals))
        for (const [outcome, count] of Object.entries(counts)) add({ signal, outcome }, count);
      add({ signal: "traces", outcome: "forgotten" }, keeper.counts.forgotten);
    },
  );
  counter(registry, "telemetry_redacted", "Values that were cut out before export.", [], (add) =>
    add({}, redaction.redacted),
  );
  counter(registry, "telemetry_attributes_dropped", "Attributes beyond 50 a span.", [], (add) =>
    add({}, keeper.counts.attributes),
  );
  gauge(registry, "telemetry_queue_bytes", "What waits for its export.", ["signal"], (set) => {
    for (const [signal, { bytes }] of Object.entries(signals)) set({ signal }, bytes);
  });
  gauge(registry, "telemetry_spans_waiting", "Unsampled spans whose trace is not over.", [], (set) =>
    set({}, keeper.waiting),
  );
  return () => {
    for (const name of [...NAMES, ...GAUGES]) registry.removeSingleMetric(`leverframe_agent_${name}`);
  };
}

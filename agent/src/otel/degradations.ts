import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { trace } from "@opentelemetry/api";
import { DEGRADATION_CHANNEL, type Degradation } from "../policy/index.ts";
import type { Tracer } from "../tracing/index.ts";

/** Puts each degradation on the span that is current then. Returns what ends it. */
export function stampDegradations(tracer: Tracer): () => void {
  const onMessage = (message: unknown): void => {
    const { name, reason, lever } = message as Degradation;
    trace.getActiveSpan()?.addEvent("leverframe.degraded", { call: name, reason, lever });
    trace.getActiveSpan()?.setAttribute("leverframe.degraded.reason", reason);
    if (reason === "switch" || reason === "rule") tracer.acted(`switch/${lever.split("/")[1] ?? lever}`);
  };
  subscribe(DEGRADATION_CHANNEL, onMessage);
  return () => void unsubscribe(DEGRADATION_CHANNEL, onMessage);
}

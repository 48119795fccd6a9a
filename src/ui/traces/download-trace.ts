import { type FullSpan, leversOf, peerOf, type TraceData } from "../../domain/traces/span.ts";
import { toJaegerJson, toOtlpJson } from "../../domain/traces/write-file.ts";
import type { StoredSpan } from "../api/contract.ts";
import { tracesApi } from "./api.ts";
import { openedTrace } from "./opened-files.ts";

/** Of one answer; as the server has it. */
const PAGE = 2_000;
/** No more than is shown. */
const MOST = 50_000;

/** Saves a trace with all that is known of it as a file. Rejects where the store does not answer. */
export async function downloadTrace(
  env: string,
  traceId: string,
  baseMs: number,
  format: "otlp" | "jaeger",
): Promise<void> {
  const trace = openedTrace(traceId) ?? (await wholeTrace(env, traceId, baseMs));
  const body = JSON.stringify(format === "otlp" ? toOtlpJson(trace) : toJaegerJson(trace));
  const url = URL.createObjectURL(new Blob([body], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `trace-${traceId}.${format}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function wholeTrace(env: string, traceId: string, baseMs: number): Promise<TraceData<FullSpan>> {
  const spans: FullSpan[] = [];
  for (let offset = 0; offset < MOST; offset += PAGE) {
    const page = await tracesApi.spans(env, traceId, baseMs, offset);
    spans.push(...page.map(fullSpanOf));
    if (page.length < PAGE) break;
  }
  return { traceId, baseMs, spans, cut: spans.length >= MOST };
}

export function fullSpanOf(span: StoredSpan): FullSpan {
  const valueOf = (name: string): string => span.attributes.find(([key]) => key === name)?.[1] ?? "";
  return {
    ...span,
    peer: peerOf(span.kind, span.attributes),
    levers: leversOf(valueOf("leverframe.levers")),
    partial: valueOf("leverframe.partial") === "true",
  };
}

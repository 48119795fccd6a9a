import type { FullSpan, TraceData } from "../../domain/traces/span.ts";

/** Traces of files, for as long as the page lives: they never leave the browser. The last `MOST` stay. */
const MOST = 200;
const opened = new Map<string, TraceData<FullSpan>>();

export function keepOpened(traces: readonly TraceData<FullSpan>[]): void {
  for (const trace of traces) {
    opened.delete(trace.traceId);
    opened.set(trace.traceId, trace);
  }
  for (const id of [...opened.keys()].slice(0, Math.max(0, opened.size - MOST))) opened.delete(id);
}

export const openedTrace = (traceId: string): TraceData<FullSpan> | undefined => opened.get(traceId);

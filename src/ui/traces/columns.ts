import { leversOf, type SpanKind, type SpanStatus, type TraceData } from "../../domain/traces/span.ts";
import type { TraceColumns } from "../api/contract.ts";

/** A trace from the columns that the store wrote. Pure. */
export function traceOfColumns(columns: TraceColumns): TraceData {
  const read = (text: string): unknown => JSON.parse(text);
  const parents = read(columns.parents) as readonly string[];
  const services = read(columns.services) as readonly string[];
  const names = read(columns.names) as readonly string[];
  const kinds = read(columns.kinds) as readonly SpanKind[];
  const statuses = read(columns.statuses) as readonly SpanStatus[];
  const starts = read(columns.starts) as readonly number[];
  const durations = read(columns.durations) as readonly number[];
  const peers = read(columns.peers) as readonly string[];
  const levers = read(columns.levers) as readonly string[];
  const partials = read(columns.partials) as readonly number[];
  return {
    traceId: columns.traceId,
    baseMs: columns.baseMs,
    cut: columns.cut,
    spans: (read(columns.ids) as readonly string[]).map((id, index) => ({
      id,
      parentId: parents[index] ?? "",
      service: services[index] ?? "",
      name: names[index] ?? "",
      kind: kinds[index] ?? "Unspecified",
      status: statuses[index] ?? "Unset",
      startNs: starts[index] ?? 0,
      durationNs: durations[index] ?? 0,
      peer: peers[index] ?? "",
      levers: levers[index] ? leversOf(levers[index]) : NONE,
      partial: Boolean(partials[index]),
    })),
  };
}

const NONE: readonly string[] = [];

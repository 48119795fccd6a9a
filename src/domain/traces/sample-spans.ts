import type { Span, TraceData } from "./span.ts";

/** A span for tests, ms: `["a", "root", "shop", 0, 10]` is a span `a` below `root`, of `shop`, from 0 to 10. */
export type Sketch = readonly [
  id: string,
  parentId: string,
  service: string,
  fromMs: number,
  toMs: number,
  more?: Partial<Span>,
];

/** A trace of sketched spans. */
export const traceOf = (...sketches: readonly Sketch[]): TraceData => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  baseMs: 1_700_000_000_000,
  cut: false,
  spans: sketches.map(([id, parentId, service, fromMs, toMs, more]) => ({
    id,
    parentId,
    service,
    name: `${id}-work`,
    kind: "Internal",
    status: "Unset",
    startNs: fromMs * 1e6,
    durationNs: (toMs - fromMs) * 1e6,
    peer: "",
    levers: [],
    partial: false,
    ...more,
  })),
});

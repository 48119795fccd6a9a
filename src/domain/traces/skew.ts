import type { Fault } from "./faults.ts";
import type { Span } from "./span.ts";

/** How far each service's clock was shifted so far, by service. */
export type Shifts = Map<string, number>;

/** Two clocks that differ by less are as good as one, ns: those of processes on one machine drift so far apart. */
export const TOLERATED_NS = 1_000_000;

interface Above {
  readonly span: Span;
  readonly fromNs: number;
  readonly toNs: number;
}

/**
 * By how much a span is to be shifted, ns, given where its parent is drawn. Spans of one service share a clock. Of
 * another service it is shifted only where it can't be true: it begins before its parent. Then it is laid into the middle
 * of its parent, as Jaeger does (jaegertracing/jaeger, internal/jptrace/adjuster/clockskew.go; that one also shifts what ends or
 * begins late, which here is a callee that was slow to begin, or worked on after its caller had given up). Learns the shift of the
 * service.
 */
export function shiftOf(
  span: Span,
  above: Above | undefined,
  aboveShiftNs: number,
  shifts: Shifts,
): { readonly shiftNs: number; readonly fault?: Fault } {
  if (above === undefined) {
    const shiftNs = shifts.get(span.service) ?? 0;
    shifts.set(span.service, shiftNs);
    return { shiftNs };
  }
  if (span.service === above.span.service) {
    const byNs = above.fromNs - (span.startNs + aboveShiftNs);
    return byNs > TOLERATED_NS
      ? { shiftNs: aboveShiftNs, fault: { kind: "before parent", byNs } }
      : { shiftNs: aboveShiftNs };
  }
  const known = shifts.get(span.service);
  for (const shiftNs of known === undefined ? [0] : [known, 0]) {
    if (!fits(span, above, shiftNs)) continue;
    shifts.set(span.service, shiftNs);
    return { shiftNs, ...(shiftNs === 0 ? {} : { fault: skewed(shiftNs) }) };
  }
  const roomNs = above.toNs - above.fromNs - Math.max(0, span.durationNs);
  const shiftNs = Math.round(above.fromNs + Math.max(0, roomNs) / 2 - span.startNs);
  shifts.set(span.service, shiftNs);
  return { shiftNs, fault: skewed(shiftNs) };
}

const skewed = (shiftNs: number): Fault => ({ kind: "clock skew", byNs: Math.abs(shiftNs) });

const fits = (span: Span, above: Above, shiftNs: number): boolean =>
  span.startNs + shiftNs >= above.fromNs - TOLERATED_NS;

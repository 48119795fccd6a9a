import { Places } from "./wire.ts";

/** Where the parts of the span lie that is being read. Offsets; a part that is missing is empty. */
export class SpanParts {
  readonly attributes = new Places();
  readonly events = new Places();
  readonly links = new Places();
  /** Pairs of offsets by field number, for the parts that there is one of. */
  readonly at = new Int32Array(2 * 17);
  kind = 0;

  clear(): void {
    this.attributes.clear();
    this.events.clear();
    this.links.clear();
    this.at.fill(0);
    this.kind = 0;
  }

  start(field: number): number {
    return this.at[field * 2] ?? 0;
  }

  stop(field: number): number {
    return this.at[field * 2 + 1] ?? 0;
  }

  size(field: number): number {
    return this.stop(field) - this.start(field);
  }
}

/** Field numbers of opentelemetry.proto.trace.v1.Span. */
export const SPAN = {
  traceId: 1,
  spanId: 2,
  state: 3,
  parent: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  events: 11,
  links: 13,
  status: 15,
} as const;

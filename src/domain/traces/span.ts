/** As the OpenTelemetry Collector words them. */
export type SpanKind = "Unspecified" | "Internal" | "Server" | "Client" | "Producer" | "Consumer";
export type SpanStatus = "Unset" | "Ok" | "Error";

/** What a picture of a trace needs of a span. Moments are nanoseconds after the trace's `baseMs`. */
export interface Span {
  /** As it came; lower-case hex of 8 bytes where OpenTelemetry made it. */
  readonly id: string;
  /** Empty: it says that it has no parent. */
  readonly parentId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly startNs: number;
  readonly durationNs: number;
  /** Whom it called, where no span of the callee needs to be: a database, a queue, a service. Empty: nobody. */
  readonly peer: string;
  /** Levers that acted on it: `switch/comments`, `breaker/bank`. */
  readonly levers: readonly string[];
  /** Its process did not see the whole trace. */
  readonly partial: boolean;
}

/** Named texts, in the order in which they came. */
export type Attributes = readonly (readonly [key: string, value: string])[];

export interface SpanEvent {
  readonly name: string;
  /** Nanoseconds after the trace's `baseMs`. */
  readonly atNs: number;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** All that is known of a span. */
export interface SpanDetail {
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: string;
  readonly statusMessage: string;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}

export interface FullSpan extends Span, SpanDetail {}

/** One trace as it was found, in any order. */
export interface TraceData<Of extends Span = Span> {
  readonly traceId: string;
  /** Milliseconds since 1970; no span begins before it, but for a clock that is wrong. */
  readonly baseMs: number;
  readonly spans: readonly Of[];
  /** It has more spans than these. */
  readonly cut: boolean;
}

/** More spans than these of one trace are not shown. */
export const MOST_SPANS = 50_000;

const first = (attributes: ReadonlyMap<string, string>, names: readonly string[]): string => {
  for (const name of names) {
    const value = attributes.get(name);
    if (value !== undefined && value !== "") return value;
  }
  return "";
};

/** Attributes that name a callee, the surest first: as the edges of `leverframe_edges` are read. */
export const PEER_NAMES = [
  "peer.service",
  "messaging.destination.name",
  "db.namespace",
  "db.name",
  "db.system.name",
  "db.system",
  "server.address",
  "net.peer.name",
] as const;

/** Whom a span called, by its attributes. Pure. */
export const peerOf = (kind: SpanKind, attributes: Attributes): string =>
  kind === "Client" || kind === "Producer" ? first(new Map(attributes), PEER_NAMES) : "";

/** The levers in `leverframe.levers`, which comes as one text: JSON's array, or names with commas between. Pure. */
export function leversOf(text: string): readonly string[] {
  return text
    .replaceAll(/[[\]"'\s]/g, "")
    .split(",")
    .filter(Boolean);
}

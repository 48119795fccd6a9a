import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";

/** What is read of OpenTelemetry's messages (open-telemetry/opentelemetry-proto); all else is passed over. */
const PROTO = `syntax = "proto3";
message AnyValue { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; ArrayValue arrayValue = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Status { string message = 2; int32 code = 3; }
message Event { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Span { bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; int32 kind = 6; fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated KeyValue attributes = 9; uint32 droppedAttributesCount = 10; repeated Event events = 11; Status status = 15; fixed32 flags = 16; }
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message Traces { repeated ResourceSpans resourceSpans = 1; }
message HistogramPoint { fixed64 startTimeUnixNano = 2; fixed64 timeUnixNano = 3; fixed64 count = 4; double sum = 5; repeated fixed64 bucketCounts = 6; repeated double explicitBounds = 7; repeated KeyValue attributes = 9; }
message Histogram { repeated HistogramPoint dataPoints = 1; int32 aggregationTemporality = 2; }
message NumberPoint { fixed64 startTimeUnixNano = 2; fixed64 timeUnixNano = 3; double asDouble = 4; sfixed64 asInt = 6; repeated KeyValue attributes = 7; }
message Sum { repeated NumberPoint dataPoints = 1; int32 aggregationTemporality = 2; bool isMonotonic = 3; }
message Metric { string name = 1; string unit = 3; Sum sum = 7; Histogram histogram = 9; }
message ScopeMetrics { repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; }
message Metrics { repeated ResourceMetrics resourceMetrics = 1; }`;

const root = protobuf.parse(PROTO, { keepCase: true }).root;
const [tracesType, metricsType] = [root.lookupType("Traces"), root.lookupType("Metrics")];

type Value = string | number | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly failed: boolean;
  readonly sampled: boolean;
  readonly attributes: Values;
  readonly events: readonly { readonly name: string; readonly attributes: Values }[];
  readonly resource: Values;
}

export interface ReceivedPoint {
  readonly metric: string;
  /** 1 is delta. */
  readonly temporality: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Values;
  readonly resource: Values;
  /** Calls: of a histogram its count, else the value. */
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly number[];
}

interface RawKeyValue {
  readonly key: string;
  readonly value?: { readonly [name: string]: unknown };
}

/** A small OTLP/HTTP receiver that keeps what it was sent, and refuses as a test wants it to. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly points: ReceivedPoint[] = [];
  readonly headers: Record<string, string | string[] | undefined>[] = [];
  /** What it answers; anything but 200 keeps nothing. */
  status = 200;
  requests = 0;
  endpoint = "";
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        this.requests += 1;
        const body = Buffer.concat(parts);
        const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
        if (this.status === 200) {
          this.headers.push(request.headers);
          if (request.url === "/v1/traces") this.#takeTraces(plain);
          if (request.url === "/v1/metrics") this.#takeMetrics(plain);
        }
        response.writeHead(this.status, { "content-type": "application/x-protobuf" }).end();
      });
    });
  }

  static async listen(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    receiver.endpoint = `http://127.0.0.1:${(receiver.#server.address() as AddressInfo).port}`;
    return receiver;
  }

  /** The points of one metric. */
  pointsOf(metric: string): ReceivedPoint[] {
    return this.points.filter((point) => point.metric === metric);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #takeTraces(body: Buffer): void {
    const { resourceSpans } = read(tracesType, body) as { resourceSpans: Raw[] };
    for (const { resource, scopeSpans } of resourceSpans) {
      const told = values(resource);
      for (const { spans } of scopeSpans as Raw[]) {
        for (const span of spans as Raw[]) {
          this.spans.push({
            traceId: hex(span["traceId"]),
            spanId: hex(span["spanId"]),
            parentSpanId: hex(span["parentSpanId"]),
            name: String(span["name"]),
            kind: Number(span["kind"]),
            failed: Number((span["status"] as Raw | undefined)?.["code"] ?? 0) === 2,
            sampled: (Number(span["flags"]) & 1) === 1,
            attributes: values(span),
            events: (span["events"] as Raw[]).map((event) => ({
              name: String(event["name"]),
              attributes: values(event),
            })),
            resource: told,
          });
        }
      }
    }
  }

  #takeMetrics(body: Buffer): void {
    const { resourceMetrics } = read(metricsType, body) as { resourceMetrics: Raw[] };
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const told = values(resource);
      for (const { metrics } of scopeMetrics as Raw[]) {
        for (const metric of metrics as Raw[]) {
          const data = (metric["histogram"] ?? metric["sum"]) as Raw;
          for (const point of data["dataPoints"] as Raw[]) {
            this.points.push({
              metric: String(metric["name"]),
              temporality: Number(data["aggregationTemporality"]),
              startMs: Number(point["startTimeUnixNano"]) / 1e6,
              endMs: Number(point["timeUnixNano"]) / 1e6,
              attributes: values(point),
              resource: told,
              count: Number(point["count"] ?? point["asInt"] ?? 0),
              sum: Number(point["sum"] ?? 0),
              buckets: ((point["bucketCounts"] ?? []) as unknown[]).map(Number),
            });
          }
        }
      }
    }
  }
}

type Raw = Readonly<Record<string, unknown>>;

const read = (type: protobuf.Type, body: Buffer): unknown =>
  type.toObject(type.decode(body), { longs: Number, bytes: Buffer, arrays: true });

const hex = (bytes: unknown): string =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString("hex") : "";

function values(of: unknown): Values {
  const { attributes = [] } = (of ?? {}) as { attributes?: readonly RawKeyValue[] };
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value ?? {})]));
}

function plain(value: Readonly<Record<string, unknown>>): Value {
  const [only] = Object.entries(value);
  if (only === undefined) return "";
  const [name, found] = only;
  if (name !== "arrayValue") return found as Value;
  const { values: list = [] } = found as { values?: readonly Readonly<Record<string, unknown>>[] };
  return list.map((one) => String(plain(one)));
}

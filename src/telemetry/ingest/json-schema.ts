/**
 * OTLP's messages as their JSON names them, with the field and form of each part: what turns JSON into protobuf.
 * (opentelemetry-proto v1, common, resource, trace, metrics.)
 */
export type Form =
  | "string"
  | "hex"
  | "base64"
  | "varint"
  | "sint"
  | "bool"
  | "fixed32"
  | "fixed64"
  | "sfixed64"
  | "double";

export interface Part {
  readonly field: number;
  readonly form: Form | (() => Message);
  readonly many?: true;
}
export type Message = ReadonlyMap<string, Part>;

const one = (field: number, form: Part["form"]): Part => ({ field, form });
const many = (field: number, form: Part["form"]): Part => ({ field, form, many: true });
const message = (parts: Readonly<Record<string, Part>>): Message => new Map(Object.entries(parts));

const anyValue: Message = message({
  stringValue: one(1, "string"),
  boolValue: one(2, "bool"),
  intValue: one(3, "varint"),
  doubleValue: one(4, "double"),
  arrayValue: one(5, () => arrayValue),
  kvlistValue: one(6, () => keyValueList),
  bytesValue: one(7, "base64"),
});
const keyValue: Message = message({ key: one(1, "string"), value: one(2, () => anyValue) });
const arrayValue: Message = message({ values: many(1, () => anyValue) });
const keyValueList: Message = message({ values: many(1, () => keyValue) });
const attributes = (field: number): Part => many(field, () => keyValue);

const resource = message({ attributes: attributes(1), droppedAttributesCount: one(2, "varint") });
const scope = message({
  name: one(1, "string"),
  version: one(2, "string"),
  attributes: attributes(3),
  droppedAttributesCount: one(4, "varint"),
});

const event = message({
  timeUnixNano: one(1, "fixed64"),
  name: one(2, "string"),
  attributes: attributes(3),
  droppedAttributesCount: one(4, "varint"),
});
const link = message({
  traceId: one(1, "hex"),
  spanId: one(2, "hex"),
  traceState: one(3, "string"),
  attributes: attributes(4),
  droppedAttributesCount: one(5, "varint"),
  flags: one(6, "fixed32"),
});
const status = message({ message: one(2, "string"), code: one(3, "varint") });
const span = message({
  traceId: one(1, "hex"),
  spanId: one(2, "hex"),
  traceState: one(3, "string"),
  parentSpanId: one(4, "hex"),
  name: one(5, "string"),
  kind: one(6, "varint"),
  startTimeUnixNano: one(7, "fixed64"),
  endTimeUnixNano: one(8, "fixed64"),
  attributes: attributes(9),
  droppedAttributesCount: one(10, "varint"),
  events: many(11, () => event),
  droppedEventsCount: one(12, "varint"),
  links: many(13, () => link),
  droppedLinksCount: one(14, "varint"),
  status: one(15, () => status),
  flags: one(16, "fixed32"),
});
const scopeSpans = message({
  scope: one(1, () => scope),
  spans: many(2, () => span),
  schemaUrl: one(3, "string"),
});
const resourceSpans = message({
  resource: one(1, () => resource),
  scopeSpans: many(2, () => scopeSpans),
  schemaUrl: one(3, "string"),
});

/** ExportTraceServiceRequest. */
export const TRACES: Message = message({ resourceSpans: many(1, () => resourceSpans) });

const numberPoint = message({
  startTimeUnixNano: one(2, "fixed64"),
  timeUnixNano: one(3, "fixed64"),
  asDouble: one(4, "double"),
  asInt: one(6, "sfixed64"),
  attributes: attributes(7),
  flags: one(8, "varint"),
});
const histogramPoint = message({
  startTimeUnixNano: one(2, "fixed64"),
  timeUnixNano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  bucketCounts: many(6, "fixed64"),
  explicitBounds: many(7, "double"),
  attributes: attributes(9),
  flags: one(10, "varint"),
  min: one(11, "double"),
  max: one(12, "double"),
});
const buckets = message({ offset: one(1, "sint"), bucketCounts: many(2, "varint") });
const exponentialPoint = message({
  attributes: attributes(1),
  startTimeUnixNano: one(2, "fixed64"),
  timeUnixNano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  scale: one(6, "sint"),
  zeroCount: one(7, "fixed64"),
  positive: one(8, () => buckets),
  negative: one(9, () => buckets),
  flags: one(10, "varint"),
  min: one(12, "double"),
  max: one(13, "double"),
});
const quantile = message({ quantile: one(1, "double"), value: one(2, "double") });
const summaryPoint = message({
  startTimeUnixNano: one(2, "fixed64"),
  timeUnixNano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  quantileValues: many(6, () => quantile),
  attributes: attributes(7),
  flags: one(8, "varint"),
});
const data = (point: Message): (() => Message) => {
  const built = message({
    dataPoints: many(1, () => point),
    aggregationTemporality: one(2, "varint"),
    isMonotonic: one(3, "bool"),
  });
  return () => built;
};
const metric = message({
  name: one(1, "string"),
  description: one(2, "string"),
  unit: one(3, "string"),
  gauge: one(5, data(numberPoint)),
  sum: one(7, data(numberPoint)),
  histogram: one(9, data(histogramPoint)),
  exponentialHistogram: one(10, data(exponentialPoint)),
  summary: one(11, data(summaryPoint)),
});
const scopeMetrics = message({
  scope: one(1, () => scope),
  metrics: many(2, () => metric),
  schemaUrl: one(3, "string"),
});
const resourceMetrics = message({
  resource: one(1, () => resource),
  scopeMetrics: many(2, () => scopeMetrics),
  schemaUrl: one(3, "string"),
});

/** ExportMetricsServiceRequest. */
export const METRICS: Message = message({ resourceMetrics: many(1, () => resourceMetrics) });

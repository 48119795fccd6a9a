import type { AttributeWriter } from "./attributes.ts";
import { isTimely, type TimeBounds } from "./request.ts";
import type { RowWriter } from "./row-writer.ts";
import { BYTES, Cursor, FIXED64, MalformedError, Places } from "./wire.ts";

export type MetricTable = "gauge" | "sum" | "histogram" | "exponential_histogram" | "summary";

const MAP = "Map(LowCardinality(String), String)";
const HEAD: readonly (readonly [string, string])[] = [
  ["ResourceAttributes", MAP],
  ["ResourceSchemaUrl", "String"],
  ["ScopeName", "String"],
  ["ScopeVersion", "String"],
  ["ScopeAttributes", MAP],
  ["ScopeSchemaUrl", "String"],
  ["ServiceName", "LowCardinality(String)"],
  ["MetricName", "LowCardinality(String)"],
  ["MetricDescription", "String"],
  ["MetricUnit", "String"],
  ["Attributes", MAP],
  ["StartTimeUnix", "DateTime64(9)"],
  ["TimeUnix", "DateTime64(9)"],
  ["Flags", "UInt32"],
];

const COUNTED: readonly (readonly [string, string])[] = [
  ["Count", "UInt64"],
  ["Sum", "Float64"],
];
const EXTREMES: readonly (readonly [string, string])[] = [
  ["Min", "Float64"],
  ["Max", "Float64"],
  ["AggregationTemporality", "Int32"],
];

/** Columns of each table in the order in which its rows are written, with their types. */
export const METRIC_COLUMNS: Readonly<Record<MetricTable, readonly (readonly [string, string])[]>> = {
  gauge: [...HEAD, ["Value", "Float64"]],
  sum: [...HEAD, ["Value", "Float64"], ["AggregationTemporality", "Int32"], ["IsMonotonic", "Bool"]],
  histogram: [
    ...HEAD,
    ...COUNTED,
    ["BucketCounts", "Array(UInt64)"],
    ["ExplicitBounds", "Array(Float64)"],
    ...EXTREMES,
  ],
  exponential_histogram: [
    ...HEAD,
    ...COUNTED,
    ["Scale", "Int32"],
    ["ZeroCount", "UInt64"],
    ["PositiveOffset", "Int32"],
    ["PositiveBucketCounts", "Array(UInt64)"],
    ["NegativeOffset", "Int32"],
    ["NegativeBucketCounts", "Array(UInt64)"],
    ...EXTREMES,
  ],
  summary: [
    ...HEAD,
    ...COUNTED,
    ["ValueAtQuantiles.Quantile", "Array(Float64)"],
    ["ValueAtQuantiles.Value", "Array(Float64)"],
  ],
};

/** Field numbers of a point's parts, where the kinds of points differ. */
const FIELDS: Readonly<Record<MetricTable, { readonly attributes: number; readonly flags: number }>> = {
  gauge: { attributes: 7, flags: 8 },
  sum: { attributes: 7, flags: 8 },
  histogram: { attributes: 9, flags: 10 },
  exponential_histogram: { attributes: 1, flags: 10 },
  summary: { attributes: 7, flags: 8 },
};
const START = 2;
const TIME = 3;
/** More buckets than this are no histogram that anybody draws. */
const MOST_BUCKETS = 1_024;

/** Writes one data point behind what its metric's rows begin with. */
export class PointWriter {
  readonly #attributes: AttributeWriter;
  readonly #places = new Places();
  readonly #point = new Cursor();
  readonly #inner = new Cursor();
  /** Of each field that a point has once: where it lies, or its number for a varint. */
  readonly #start = new Int32Array(16);
  readonly #stop = new Int32Array(16);
  readonly #number = new Int32Array(16);
  /** Fixed64 and double lists, packed or not, by field. */
  readonly #lists = new Map<number, number[]>();

  constructor(attributes: AttributeWriter) {
    this.#attributes = attributes;
  }

  /** False where the point does not lie within the bounds; what was written is the caller's to take back. */
  write(
    table: MetricTable,
    body: Buffer,
    start: number,
    stop: number,
    data: { readonly temporality: number; readonly monotonic: boolean },
    bounds: TimeBounds,
    out: RowWriter,
  ): boolean {
    this.#locate(table, body, start, stop);
    if (!this.#has(TIME) || !isTimely(body, this.#start[TIME] ?? 0, bounds)) return false;
    this.#attributes.map(out, body, this.#places);
    this.#fixed64(START, body, out);
    this.#fixed64(TIME, body, out);
    out.uint32(this.#number[FIELDS[table].flags] ?? 0);
    if (table === "gauge" || table === "sum") this.#value(body, out);
    else {
      this.#fixed64(4, body, out);
      this.#fixed64(5, body, out);
    }
    if (table === "sum") {
      out.int32(data.temporality);
      out.uint8(data.monotonic ? 1 : 0);
    } else if (table === "histogram") {
      this.#list(6, body, out);
      this.#list(7, body, out);
      this.#extremes(11, data.temporality, body, out);
    } else if (table === "exponential_histogram") {
      out.int32(zigzag(this.#number[6] ?? 0));
      this.#fixed64(7, body, out);
      this.#buckets(8, body, out);
      this.#buckets(9, body, out);
      this.#extremes(12, data.temporality, body, out);
    } else if (table === "summary") {
      this.#quantiles(body, out);
    }
    return true;
  }

  #locate(table: MetricTable, body: Buffer, start: number, stop: number): void {
    const point = this.#point.over(body, start, stop);
    this.#places.clear();
    this.#start.fill(0);
    this.#stop.fill(0);
    this.#number.fill(0);
    this.#lists.clear();
    const { attributes } = FIELDS[table];
    while (point.next()) {
      const { field, wireType } = point;
      if (field > 15) continue;
      if (field === attributes) {
        point.expect(BYTES);
        this.#places.add(point.start, point.stop);
      } else if (table === "histogram" && (field === 6 || field === 7)) this.#collect(field);
      else if (table === "summary" && field === 6) this.#append(6, point.start, point.stop);
      else if (wireType === FIXED64) this.#put(field, point.start, point.start + 8);
      else if (wireType === BYTES) this.#put(field, point.start, point.stop);
      else this.#number[field] = point.low;
    }
  }

  #put(field: number, start: number, stop: number): void {
    this.#start[field] = start;
    this.#stop[field] = stop;
  }

  #append(field: number, start: number, stop: number): void {
    const list = this.#lists.get(field) ?? [];
    if (list.length < MOST_BUCKETS * 2) list.push(start, stop);
    this.#lists.set(field, list);
  }

  /** Takes a list of 8-byte values in, packed or one by one. */
  #collect(field: number): void {
    const { wireType, start, stop } = this.#point;
    if (wireType === FIXED64) return this.#append(field, start, start + 8);
    this.#point.expect(BYTES);
    if ((stop - start) % 8 !== 0) throw new MalformedError("a list of 8-byte values is cut off");
    if (stop > start) this.#append(field, start, stop);
  }

  #has(field: number): boolean {
    return (this.#stop[field] ?? 0) - (this.#start[field] ?? 0) === 8;
  }

  #fixed64(field: number, body: Buffer, out: RowWriter): void {
    const start = this.#start[field] ?? 0;
    if (this.#has(field)) out.raw(body, start, start + 8);
    else out.uint64(0, 0);
  }

  /** As a double (4), or a signed whole number (6). */
  #value(body: Buffer, out: RowWriter): void {
    if (this.#has(6)) out.float64(Number(body.readBigInt64LE(this.#start[6] ?? 0)));
    else this.#fixed64(4, body, out);
  }

  #extremes(min: number, temporality: number, body: Buffer, out: RowWriter): void {
    this.#fixed64(min, body, out);
    this.#fixed64(min + 1, body, out);
    out.int32(temporality);
  }

  #list(field: number, body: Buffer, out: RowWriter): void {
    const list = this.#lists.get(field) ?? [];
    let bytes = 0;
    for (let index = 0; index < list.length; index += 2) {
      bytes += (list[index + 1] ?? 0) - (list[index] ?? 0);
    }
    if (bytes > MOST_BUCKETS * 8)
      throw new MalformedError(`a histogram has more than ${MOST_BUCKETS} buckets`);
    out.varint(bytes / 8);
    for (let index = 0; index < list.length; index += 2)
      out.raw(body, list[index] ?? 0, list[index + 1] ?? 0);
  }

  /** Offset and counts of one side of an exponential histogram; its counts are varints. */
  #buckets(field: number, body: Buffer, out: RowWriter): void {
    const inner = this.#inner.over(body, this.#start[field] ?? 0, this.#stop[field] ?? 0);
    const counts: [low: number, high: number][] = [];
    let offset = 0;
    while (inner.next()) {
      if (inner.field === 1) offset = zigzag(inner.low);
      else if (inner.field === 2 && inner.wireType === BYTES)
        readPacked(body, inner.start, inner.stop, counts);
      else if (inner.field === 2) counts.push([inner.low, inner.high]);
      if (counts.length > MOST_BUCKETS) throw new MalformedError(`more than ${MOST_BUCKETS} buckets`);
    }
    out.int32(offset);
    out.varint(counts.length);
    for (const [low, high] of counts) out.uint64(low, high);
  }

  #quantiles(body: Buffer, out: RowWriter): void {
    const list = this.#lists.get(6) ?? [];
    for (const field of [1, 2]) {
      out.varint(list.length / 2);
      for (let index = 0; index < list.length; index += 2) {
        const inner = this.#inner.over(body, list[index] ?? 0, list[index + 1] ?? 0);
        let value = 0;
        while (inner.next()) {
          if (inner.field !== field) continue;
          inner.expect(FIXED64);
          value = inner.double();
        }
        out.float64(value);
      }
    }
  }
}

const zigzag = (value: number): number => (value >>> 1) ^ -(value & 1);

function readPacked(body: Buffer, start: number, stop: number, counts: [number, number][]): void {
  let at = start;
  while (at < stop) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = body[at];
      if (byte === undefined || at >= stop || shift > 63n)
        throw new MalformedError("a packed list is cut off");
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    counts.push([Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn)]);
    if (counts.length > MOST_BUCKETS) throw new MalformedError(`more than ${MOST_BUCKETS} buckets`);
  }
}

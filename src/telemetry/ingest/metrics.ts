import { AttributeWriter } from "./attributes.ts";
import type { Bearer } from "./bearer.ts";
import { type MetricTable, PointWriter } from "./metric-points.ts";
import type { Redaction } from "./redaction.ts";
import { Outcome, type ResourcePart, ResourceReader, type TimeBounds } from "./request.ts";
import { RowWriter } from "./row-writer.ts";
import { BYTES, Cursor, Places, VARINT } from "./wire.ts";

/** Field numbers of Metric's data, and the table of each. */
const TABLE_OF: Readonly<Record<number, MetricTable>> = {
  5: "gauge",
  7: "sum",
  9: "histogram",
  10: "exponential_histogram",
  11: "summary",
};

/** Turns ExportMetricsServiceRequest into rows of the `otel_metrics_…` tables. Exemplars are not kept. */
export class MetricDecoder {
  readonly attributes: AttributeWriter;
  readonly #resources: ResourceReader;
  readonly #points: PointWriter;
  readonly #head = new RowWriter();
  readonly #scopeAttributes = new Places();

  constructor(redaction: Redaction) {
    this.attributes = new AttributeWriter(redaction);
    this.#resources = new ResourceReader(this.attributes);
    this.#points = new PointWriter(this.attributes);
  }

  /** Writes what may be taken. Throws `MalformedError`; what was written until then is the caller's to take back. */
  decode(
    body: Buffer,
    bearer: Bearer,
    bounds: TimeBounds,
    writerOf: (table: MetricTable) => RowWriter,
  ): Outcome {
    const outcome = new Outcome();
    const top = new Cursor().over(body, 0, body.length);
    while (top.next()) {
      if (top.field !== 1) continue;
      top.expect(BYTES);
      const found = partsOf(body, [top.start, top.stop]);
      const [from, to] = found.one;
      const resource = this.#resources.read(body, from, to, bearer);
      for (const at of found.many) {
        const scope = partsOf(body, at);
        const head = typeof resource === "string" ? resource : this.#headOf(body, resource, found, scope);
        for (const [start, stop] of scope.many) {
          this.#metric(body, start, stop, head, bounds, writerOf, outcome);
        }
      }
    }
    return outcome;
  }

  /** What the rows of one scope begin with. */
  #headOf(body: Buffer, resource: ResourcePart, group: Parts, scope: Parts): Head {
    const cursor = new Cursor().over(body, ...scope.one);
    let name: Place = NOWHERE;
    let version: Place = NOWHERE;
    this.#scopeAttributes.clear();
    while (cursor.next()) {
      if (cursor.field > 3) continue;
      cursor.expect(BYTES);
      if (cursor.field === 1) name = [cursor.start, cursor.stop];
      else if (cursor.field === 2) version = [cursor.start, cursor.stop];
      else this.#scopeAttributes.add(cursor.start, cursor.stop);
    }
    const out = this.#head;
    out.raw(resource.map, 0, resource.map.length);
    out.string(body, ...group.url);
    out.string(body, ...name);
    out.string(body, ...version);
    this.attributes.map(out, body, this.#scopeAttributes);
    out.string(body, ...scope.url);
    out.raw(resource.serviceBytes, 0, resource.serviceBytes.length);
    return { bytes: out.take() };
  }

  #metric(
    body: Buffer,
    start: number,
    stop: number,
    head: Head | string,
    bounds: TimeBounds,
    writerOf: (table: MetricTable) => RowWriter,
    outcome: Outcome,
  ): void {
    const metric = new Cursor().over(body, start, stop);
    const texts: [Place, Place, Place] = [NOWHERE, NOWHERE, NOWHERE];
    let table: MetricTable | undefined;
    let data: Place = NOWHERE;
    while (metric.next()) {
      if (metric.field <= 3) {
        metric.expect(BYTES);
        texts[metric.field - 1] = [metric.start, metric.stop];
      } else if (TABLE_OF[metric.field] !== undefined) {
        metric.expect(BYTES);
        table = TABLE_OF[metric.field];
        data = [metric.start, metric.stop];
      }
    }
    if (table === undefined) return outcome.reject("kind", 1, "A metric of an unknown kind was not taken.");
    const read = readData(body, data);
    if (typeof head === "string") return outcome.reject("forbidden", read.points.length, head);
    const out = writerOf(table);
    for (const [from, to] of read.points) {
      const before = out.bytes;
      out.raw(head.bytes, 0, head.bytes.length);
      for (const [textStart, textStop] of texts) out.string(body, textStart, textStop);
      if (this.#points.write(table, body, from, to, read, bounds, out)) {
        outcome.accepted += 1;
        out.rows += 1;
      } else {
        out.rewind(before);
        outcome.reject(
          "time",
          1,
          "Samples of more than 30 days ago, or later than in an hour, are not kept.",
        );
      }
    }
  }
}

/** Where something lies. */
export type Place = readonly [start: number, stop: number];
const NOWHERE: Place = [0, 0];

interface Head {
  readonly bytes: Buffer;
}

/** ResourceMetrics and ScopeMetrics are built alike: one of 1, many of 2, and a URL. */
interface Parts {
  readonly one: Place;
  readonly many: readonly Place[];
  readonly url: Place;
}

function partsOf(body: Buffer, [start, stop]: Place): Parts {
  const cursor = new Cursor().over(body, start, stop);
  const many: Place[] = [];
  let one: Place = NOWHERE;
  let url: Place = NOWHERE;
  while (cursor.next()) {
    if (cursor.field > 3) continue;
    cursor.expect(BYTES);
    const place: Place = [cursor.start, cursor.stop];
    if (cursor.field === 1) one = place;
    else if (cursor.field === 2) many.push(place);
    else url = place;
  }
  return { one, many, url };
}

/** Data of any kind: points, and for some how they add up. */
export interface MetricData {
  readonly points: readonly Place[];
  readonly temporality: number;
  readonly monotonic: boolean;
}

function readData(body: Buffer, [start, stop]: Place): MetricData {
  const cursor = new Cursor().over(body, start, stop);
  const points: Place[] = [];
  let temporality = 0;
  let monotonic = false;
  while (cursor.next()) {
    if (cursor.field === 1) {
      cursor.expect(BYTES);
      points.push([cursor.start, cursor.stop]);
    } else if (cursor.field === 2) {
      cursor.expect(VARINT);
      temporality = cursor.low;
    } else if (cursor.field === 3) {
      cursor.expect(VARINT);
      monotonic = cursor.low !== 0;
    }
  }
  return { points, temporality, monotonic };
}

import { AttributeWriter } from "./attributes.ts";
import type { Bearer } from "./bearer.ts";
import type { Redaction } from "./redaction.ts";
import { isTimely, Outcome, type ResourcePart, ResourceReader, type TimeBounds } from "./request.ts";
import type { RowWriter } from "./row-writer.ts";
import { SPAN, SpanParts } from "./span-parts.ts";
import { BYTES, Cursor, FIXED64, Places, VARINT } from "./wire.ts";

/** As the Collector words them. */
const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const STATUSES = ["Unset", "Ok", "Error"];
/** Of one span; what is more is left out. */
const MOST_EVENTS = 128;
const MOST_LINKS = 128;

const ID_WORDS = "A span without a trace id of 16 bytes and a span id of 8 was not taken.";
const TIME_WORDS = "Spans that began more than 7 days ago, or later than in an hour, are not kept.";

/** Turns ExportTraceServiceRequest into rows of `otel_traces`, without making objects of its spans. */
export class TraceDecoder {
  readonly attributes: AttributeWriter;
  readonly #resources: ResourceReader;
  readonly #top = new Cursor();
  readonly #group = new Cursor();
  readonly #scopes = new Cursor();
  readonly #scope = new Cursor();
  readonly #span = new Cursor();
  readonly #part = new Cursor();
  readonly #parts = new SpanParts();
  readonly #inner = new Places();
  #scopeName: readonly [number, number] = [0, 0];
  #scopeVersion: readonly [number, number] = [0, 0];

  constructor(redaction: Redaction) {
    this.attributes = new AttributeWriter(redaction);
    this.#resources = new ResourceReader(this.attributes);
  }

  /** Writes what may be taken. Throws `MalformedError`; what was written until then is the caller's to take back. */
  decode(body: Buffer, bearer: Bearer, bounds: TimeBounds, out: RowWriter): Outcome {
    const outcome = new Outcome();
    const top = this.#top.over(body, 0, body.length);
    while (top.next()) {
      if (top.field !== 1) continue;
      top.expect(BYTES);
      this.#resourceSpans(body, top.start, top.stop, bearer, bounds, out, outcome);
    }
    return outcome;
  }

  #resourceSpans(
    body: Buffer,
    start: number,
    stop: number,
    bearer: Bearer,
    bounds: TimeBounds,
    out: RowWriter,
    outcome: Outcome,
  ): void {
    const group = this.#group.over(body, start, stop);
    let resourceStart = start;
    let resourceStop = start;
    while (group.next()) {
      if (group.field !== 1) continue;
      group.expect(BYTES);
      resourceStart = group.start;
      resourceStop = group.stop;
    }
    const resource = this.#resources.read(body, resourceStart, resourceStop, bearer);
    group.over(body, start, stop);
    while (group.next()) {
      if (group.field !== 2) continue;
      group.expect(BYTES);
      this.#scopeSpans(body, group.start, group.stop, resource, bounds, out, outcome);
    }
  }

  #scopeSpans(
    body: Buffer,
    start: number,
    stop: number,
    resource: ResourcePart | string,
    bounds: TimeBounds,
    out: RowWriter,
    outcome: Outcome,
  ): void {
    const scopes = this.#scopes.over(body, start, stop);
    this.#scopeName = this.#scopeVersion = [0, 0];
    while (scopes.next()) {
      if (scopes.field !== 1) continue;
      scopes.expect(BYTES);
      const scope = this.#scope.over(body, scopes.start, scopes.stop);
      while (scope.next()) {
        if (scope.field === 1) this.#scopeName = [scope.start, scope.stop];
        else if (scope.field === 2) this.#scopeVersion = [scope.start, scope.stop];
        if (scope.field <= 2) scope.expect(BYTES);
      }
    }
    scopes.over(body, start, stop);
    while (scopes.next()) {
      if (scopes.field !== 2) continue;
      scopes.expect(BYTES);
      if (typeof resource === "string") outcome.reject("forbidden", 1, resource);
      else this.#oneSpan(body, scopes.start, scopes.stop, resource, bounds, out, outcome);
    }
  }

  #oneSpan(
    body: Buffer,
    start: number,
    stop: number,
    resource: ResourcePart,
    bounds: TimeBounds,
    out: RowWriter,
    outcome: Outcome,
  ): void {
    const parts = this.#parts;
    this.#locate(body, start, stop);
    if (parts.size(SPAN.traceId) !== 16 || parts.size(SPAN.spanId) !== 8) {
      return outcome.reject("id", 1, ID_WORDS);
    }
    if (parts.size(SPAN.start) !== 8 || !isTimely(body, parts.start(SPAN.start), bounds)) {
      return outcome.reject("time", 1, TIME_WORDS);
    }
    this.#write(body, resource, out);
    outcome.accepted += 1;
    out.rows += 1;
  }

  #locate(body: Buffer, start: number, stop: number): void {
    const parts = this.#parts;
    const span = this.#span.over(body, start, stop);
    parts.clear();
    while (span.next()) {
      const { field } = span;
      if (field === SPAN.attributes || field === SPAN.events || field === SPAN.links) {
        span.expect(BYTES);
        const places =
          field === SPAN.attributes ? parts.attributes : field === SPAN.events ? parts.events : parts.links;
        places.add(span.start, span.stop);
      } else if (field === SPAN.kind) {
        span.expect(VARINT);
        parts.kind = span.low;
      } else if (field <= SPAN.end || field === SPAN.status) {
        const timed = field === SPAN.start || field === SPAN.end;
        span.expect(timed ? FIXED64 : BYTES);
        parts.at[field * 2] = span.start;
        parts.at[field * 2 + 1] = timed ? span.start + 8 : span.stop;
      }
    }
  }

  #write(body: Buffer, resource: ResourcePart, out: RowWriter): void {
    const parts = this.#parts;
    const string = (field: number): void => out.string(body, parts.start(field), parts.stop(field));
    out.raw(body, parts.start(SPAN.start), parts.stop(SPAN.start));
    out.hex(body, parts.start(SPAN.traceId), parts.stop(SPAN.traceId));
    out.hex(body, parts.start(SPAN.spanId), parts.stop(SPAN.spanId));
    out.hex(body, parts.start(SPAN.parent), parts.stop(SPAN.parent));
    string(SPAN.state);
    this.attributes.textOf(out, body, parts.start(SPAN.name), parts.stop(SPAN.name));
    out.text(KINDS[parts.kind] ?? "Unspecified");
    out.raw(resource.serviceBytes, 0, resource.serviceBytes.length);
    out.raw(resource.map, 0, resource.map.length);
    out.string(body, this.#scopeName[0], this.#scopeName[1]);
    out.string(body, this.#scopeVersion[0], this.#scopeVersion[1]);
    this.attributes.map(out, body, parts.attributes);
    this.#duration(body, out);
    this.#status(body, out);
    this.#events(body, out);
    this.#links(body, out);
  }

  /** Nothing where it ended before it began, or has not ended. */
  #duration(body: Buffer, out: RowWriter): void {
    const from = this.#parts.start(SPAN.start);
    const to = this.#parts.start(SPAN.end);
    if (this.#parts.size(SPAN.end) !== 8) return out.uint64(0, 0);
    const low = body.readUInt32LE(to) - body.readUInt32LE(from);
    const high = body.readUInt32LE(to + 4) - body.readUInt32LE(from + 4) - (low < 0 ? 1 : 0);
    if (high < 0) out.uint64(0, 0);
    else out.uint64(low, high);
  }

  #status(body: Buffer, out: RowWriter): void {
    const status = this.#part.over(body, this.#parts.start(SPAN.status), this.#parts.stop(SPAN.status));
    let code = 0;
    let message: readonly [number, number] = [0, 0];
    while (status.next()) {
      if (status.field === 2) {
        status.expect(BYTES);
        message = [status.start, status.stop];
      } else if (status.field === 3) {
        status.expect(VARINT);
        code = status.low;
      }
    }
    out.text(STATUSES[code] ?? "Unset");
    this.attributes.textOf(out, body, message[0], message[1]);
  }

  /** Three arrays of one length: times, names, attributes. */
  #events(body: Buffer, out: RowWriter): void {
    const { events } = this.#parts;
    const count = Math.min(events.count, MOST_EVENTS);
    this.attributes.leftOut.attributes += events.count - count;
    this.#column(body, events, count, out, (at) => {
      const [from] = this.#one(at, 1, FIXED64);
      if (from === 0) out.uint64(0, 0);
      else out.raw(body, from, from + 8);
    });
    this.#column(body, events, count, out, (at) => {
      const [from, to] = this.#one(at, 2, BYTES);
      this.attributes.textOf(out, body, from, to);
    });
    this.#column(body, events, count, out, (at) => this.#map(at, 3, out));
  }

  /** Four arrays of one length: trace ids, span ids, states, attributes. */
  #links(body: Buffer, out: RowWriter): void {
    const { links } = this.#parts;
    const count = Math.min(links.count, MOST_LINKS);
    this.attributes.leftOut.attributes += links.count - count;
    for (const field of [1, 2]) {
      this.#column(body, links, count, out, (at) => {
        const [from, to] = this.#one(at, field, BYTES);
        out.hex(body, from, to);
      });
    }
    this.#column(body, links, count, out, (at) => {
      const [from, to] = this.#one(at, 3, BYTES);
      out.string(body, from, to);
    });
    this.#column(body, links, count, out, (at) => this.#map(at, 4, out));
  }

  #column(body: Buffer, places: Places, count: number, out: RowWriter, write: (at: Cursor) => void): void {
    out.varint(count);
    for (let index = 0; index < count; index += 1) {
      write(this.#part.over(body, places.start(index), places.stop(index)));
    }
  }

  #one(at: Cursor, field: number, wireType: number): readonly [number, number] {
    let found: readonly [number, number] = [0, 0];
    while (at.next()) {
      if (at.field !== field) continue;
      at.expect(wireType);
      found = [at.start, wireType === BYTES ? at.stop : at.start + 8];
    }
    return found;
  }

  #map(at: Cursor, field: number, out: RowWriter): void {
    this.#inner.clear();
    while (at.next()) {
      if (at.field !== field) continue;
      at.expect(BYTES);
      this.#inner.add(at.start, at.stop);
    }
    this.attributes.map(out, at.buffer, this.#inner);
  }
}

import { REDACTED, type Redaction } from "./redaction.ts";
import type { RowWriter } from "./row-writer.ts";
import { BYTES, Cursor, FIXED64, type Places, VARINT } from "./wire.ts";

/** Of one span, event, link, resource, scope or data point. */
export const MOST_ATTRIBUTES = 50;
/** Of one value; what is longer is cut. */
export const MOST_VALUE_BYTES = 16 * 1024;
/** Of lists within lists. */
const MOST_DEPTH = 8;

/** What was left out, for the counters. */
export interface LeftOut {
  attributes: number;
  shortened: number;
}

/** Field numbers of opentelemetry.proto.common.v1. */
const KEY = 1;
const VALUE = 2;
const STRING = 1;
const BOOL = 2;
const INT = 3;
const DOUBLE = 4;
const ARRAY = 5;
const LIST = 6;
const RAW = 7;

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Writes attributes as a `Map(String, String)`: values in words as the Collector writes them, secrets cut out. */
export class AttributeWriter {
  readonly leftOut: LeftOut = { attributes: 0, shortened: 0 };
  readonly #redaction: Redaction;
  readonly #pair = new Cursor();
  readonly #value = new Cursor();
  #keyStart = 0;
  #keyStop = 0;
  #valueStart = 0;
  #valueStop = 0;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** Of repeated KeyValue fields, the first 50. */
  map(out: RowWriter, buffer: Buffer, places: Places): void {
    const count = Math.min(places.count, MOST_ATTRIBUTES);
    this.leftOut.attributes += places.count - count;
    out.varint(count);
    for (let index = 0; index < count; index += 1) {
      this.#read(buffer, places.start(index), places.stop(index));
      out.string(buffer, this.#keyStart, this.#keyStop);
      this.#write(out, buffer);
    }
  }

  /** Each pair as texts, cleaned: for what must be looked at, such as a resource. */
  pairs(buffer: Buffer, places: Places): [key: string, value: string][] {
    const count = Math.min(places.count, MOST_ATTRIBUTES);
    this.leftOut.attributes += places.count - count;
    return Array.from({ length: count }, (_, index) => {
      this.#read(buffer, places.start(index), places.stop(index));
      const key = buffer.toString("utf8", this.#keyStart, this.#keyStop);
      return [key, this.#hides(buffer) ? this.#hidden() : this.#cut(this.#text(buffer))];
    });
  }

  /** Cleans a text that is no attribute, such as a status message. */
  textOf(out: RowWriter, buffer: Buffer, start: number, stop: number): void {
    if (stop - start <= MOST_VALUE_BYTES && !this.#redaction.suspects(buffer, start, stop)) {
      return out.string(buffer, start, stop);
    }
    out.text(this.#cut(this.#redaction.clean(buffer.toString("utf8", start, stop))));
  }

  #read(buffer: Buffer, start: number, stop: number): void {
    const pair = this.#pair.over(buffer, start, stop);
    this.#keyStart = this.#keyStop = this.#valueStart = this.#valueStop = stop;
    while (pair.next()) {
      if (pair.field === KEY) {
        pair.expect(BYTES);
        this.#keyStart = pair.start;
        this.#keyStop = pair.stop;
      } else if (pair.field === VALUE) {
        pair.expect(BYTES);
        this.#valueStart = pair.start;
        this.#valueStop = pair.stop;
      }
    }
  }

  #hides(buffer: Buffer): boolean {
    return this.#redaction.hidesKey(buffer.toString("latin1", this.#keyStart, this.#keyStop));
  }

  #hidden(): string {
    this.#redaction.count += 1;
    return REDACTED;
  }

  #write(out: RowWriter, buffer: Buffer): void {
    if (this.#hides(buffer)) return out.text(this.#hidden());
    const value = this.#value.over(buffer, this.#valueStart, this.#valueStop);
    if (!value.next()) return out.varint(0);
    if (value.field === STRING && value.position === value.end) {
      value.expect(BYTES);
      return this.textOf(out, buffer, value.start, value.stop);
    }
    out.text(this.#cut(this.#text(buffer)));
  }

  /** The value in words: whole numbers and doubles in decimals, bytes in base64, lists as JSON. */
  #text(buffer: Buffer): string {
    const plain = this.#plain(buffer, this.#valueStart, this.#valueStop, 0);
    if (typeof plain === "string") return this.#redaction.clean(plain);
    if (plain === null) return "";
    return this.#redaction.clean(typeof plain === "object" ? JSON.stringify(plain) : String(plain));
  }

  #plain(buffer: Buffer, start: number, stop: number, depth: number): Plain {
    if (depth > MOST_DEPTH) return "…";
    const cursor = new Cursor().over(buffer, start, stop);
    let plain: Plain = null;
    while (cursor.next()) {
      if (cursor.field === STRING) plain = text(cursor);
      else if (cursor.field === BOOL) plain = varint(cursor).low !== 0;
      else if (cursor.field === INT) plain = whole(varint(cursor).int64Text());
      else if (cursor.field === DOUBLE) plain = double(cursor);
      else if (cursor.field === RAW) plain = base64(cursor);
      else if (cursor.field === ARRAY) plain = this.#list(cursor, depth);
      else if (cursor.field === LIST) plain = this.#record(cursor, depth);
    }
    return plain;
  }

  #list(at: Cursor, depth: number): Plain[] {
    at.expect(BYTES);
    const inner = new Cursor().over(at.buffer, at.start, at.stop);
    const list: Plain[] = [];
    while (inner.next()) {
      inner.expect(BYTES);
      if (inner.field === 1 && list.length < 1_000) {
        list.push(this.#plain(inner.buffer, inner.start, inner.stop, depth + 1));
      }
    }
    return list;
  }

  #record(at: Cursor, depth: number): { [key: string]: Plain } {
    at.expect(BYTES);
    const inner = new Cursor().over(at.buffer, at.start, at.stop);
    const entries: [string, Plain][] = [];
    while (inner.next()) {
      inner.expect(BYTES);
      if (inner.field !== 1 || entries.length >= 1_000) continue;
      const pair = new Cursor().over(inner.buffer, inner.start, inner.stop);
      let key = "";
      let value: Plain = null;
      while (pair.next()) {
        pair.expect(BYTES);
        if (pair.field === KEY) key = pair.text();
        else if (pair.field === VALUE) value = this.#plain(pair.buffer, pair.start, pair.stop, depth + 1);
      }
      entries.push([key, this.#redaction.hidesKey(key) ? this.#hidden() : value]);
    }
    return Object.fromEntries(entries);
  }

  #cut(value: string): string {
    if (value.length <= MOST_VALUE_BYTES) return value;
    this.leftOut.shortened += 1;
    return `${value.slice(0, MOST_VALUE_BYTES)}…`;
  }
}

function varint(cursor: Cursor): Cursor {
  cursor.expect(VARINT);
  return cursor;
}

function text(cursor: Cursor): string {
  cursor.expect(BYTES);
  return cursor.text();
}

function base64(cursor: Cursor): string {
  cursor.expect(BYTES);
  return cursor.buffer.toString("base64", cursor.start, cursor.stop);
}

function double(cursor: Cursor): Plain {
  cursor.expect(FIXED64);
  const value = cursor.double();
  return Number.isFinite(value) ? value : String(value);
}

/** As a number where it is exact, else in its digits. */
const whole = (digits: string): Plain => {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
};

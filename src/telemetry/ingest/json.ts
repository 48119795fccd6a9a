import { isUtf8 } from "node:buffer";
import type { Form, Message, Part } from "./json-schema.ts";
import { MalformedError } from "./wire.ts";

/** Of values within values; OTLP's own nesting is 8. */
const MOST_DEPTH = 64;
const LENGTH_BYTES = 4;
const MOST_MESSAGE_BYTES = 2 ** 28;

/**
 * OTLP's JSON as its protobuf, so that one decoder reads both. No objects are made of the text: it is walked once, and
 * what has no place in the message is stepped over, whatever it is. Ids are hexadecimal, enums whole numbers, 64-bit
 * numbers text or number, `null` is absent. Throws `MalformedError`.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function protobufOfJson(text: Buffer, message: Message): Buffer {
  if (!isUtf8(text)) throw new MalformedError("the JSON is no UTF-8");
  return new Converter(text).run(message);
}

class Converter {
  readonly #text: Buffer;
  #at = 0;
  #out: Buffer;
  #length = 0;
  #depth = 0;

  constructor(text: Buffer) {
    this.#text = text;
    this.#out = Buffer.allocUnsafe(text.length + 64);
  }

  run(message: Message): Buffer {
    this.#message(message);
    this.#space();
    if (this.#at !== this.#text.length) throw this.#broken();
    return this.#out.subarray(0, this.#length);
  }

  #broken(): MalformedError {
    return new MalformedError(`the JSON is broken or of another form near byte ${this.#at}`);
  }

  #message(message: Message): void {
    this.#deeper();
    this.#members((key) => {
      const part = message.get(key);
      if (part === undefined || this.#isNull()) this.#skip();
      else if (part.many) this.#elements(() => this.#value(part));
      else this.#value(part);
    });
    this.#depth -= 1;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > MOST_DEPTH) throw new MalformedError(`the JSON is nested deeper than ${MOST_DEPTH}`);
  }

  #value({ field, form }: Part): void {
    if (typeof form === "function") {
      this.#tag(field, 2);
      this.#room(LENGTH_BYTES);
      const lengthAt = this.#length;
      this.#length += LENGTH_BYTES;
      this.#message(form());
      this.#putLength(lengthAt);
    } else this.#scalar(field, form);
  }

  /** A length is written behind what it counts: in four bytes, whatever it is. Protobuf allows that. */
  #putLength(lengthAt: number): void {
    const size = this.#length - lengthAt - LENGTH_BYTES;
    if (size >= MOST_MESSAGE_BYTES) throw new MalformedError("a part of the JSON is too large");
    for (let index = 0; index < LENGTH_BYTES; index += 1) {
      const more = index < LENGTH_BYTES - 1 ? 0x80 : 0;
      this.#out[lengthAt + index] = ((size >>> (7 * index)) & 0x7f) | more;
    }
  }

  #scalar(field: number, form: Form): void {
    switch (form) {
      case "string": {
        const text = this.#string();
        return this.#bytes(field, Buffer.byteLength(text), (at) => this.#out.write(text, at, "utf8"));
      }
      case "hex": {
        const text = this.#string();
        if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new MalformedError("an id is not hexadecimal");
        return this.#bytes(field, text.length / 2, (at) => this.#out.write(text, at, "hex"));
      }
      case "base64": {
        const bytes = Buffer.from(this.#string(), "base64");
        return this.#bytes(field, bytes.length, (at) => bytes.copy(this.#out, at));
      }
      case "bool":
        this.#tag(field, 0);
        return this.#varint(this.#word() === "true" ? 1n : 0n);
      case "varint":
        this.#tag(field, 0);
        return this.#varint(BigInt.asUintN(64, this.#whole()));
      case "sint": {
        const value = this.#whole();
        this.#tag(field, 0);
        return this.#varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
      }
      case "fixed32":
        this.#tag(field, 5);
        this.#room(4);
        this.#length = this.#out.writeUInt32LE(Number(BigInt.asUintN(32, this.#whole())), this.#length);
        return;
      case "fixed64":
      case "sfixed64":
        this.#tag(field, 1);
        this.#room(8);
        this.#length = this.#out.writeBigUInt64LE(BigInt.asUintN(64, this.#whole()), this.#length);
        return;
      case "double":
        this.#tag(field, 1);
        this.#room(8);
        this.#length = this.#out.writeDoubleLE(this.#double(), this.#length);
    }
  }

  #bytes(field: number, size: number, write: (at: number) => number): void {
    this.#tag(field, 2);
    this.#varint(BigInt(size));
    this.#room(size);
    write(this.#length);
    this.#length += size;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt((field << 3) | wireType));
  }

  #varint(value: bigint): void {
    this.#room(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#out[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#out[this.#length++] = Number(rest);
  }

  #room(size: number): void {
    if (this.#length + size <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#length + size));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }

  /** A whole number, as a number or in a string. */
  #whole(): bigint {
    const digits = this.#peek() === QUOTE ? this.#string() : this.#word();
    if (!/^-?\d{1,20}$/.test(digits)) {
      const value = Number(digits);
      if (digits === "" || !Number.isSafeInteger(value)) throw this.#broken();
      return BigInt(value);
    }
    return BigInt(digits);
  }

  #double(): number {
    const text = this.#peek() === QUOTE ? this.#string() : this.#word();
    const value = text === "Infinity" ? Infinity : text === "-Infinity" ? -Infinity : Number(text);
    if (text === "" || (Number.isNaN(value) && text !== "NaN")) throw this.#broken();
    return value;
  }

  #peek(): number {
    this.#space();
    return this.#text[this.#at] ?? 0;
  }

  #isNull(): boolean {
    return this.#peek() === 110;
  }

  #space(): void {
    for (;;) {
      const byte = this.#text[this.#at];
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return;
      this.#at += 1;
    }
  }

  #take(byte: number): void {
    if (this.#peek() !== byte) throw this.#broken();
    this.#at += 1;
  }

  #members(each: (key: string) => void): void {
    this.#take(OPEN_BRACE);
    if (this.#peek() === CLOSE_BRACE) {
      this.#at += 1;
      return;
    }
    for (;;) {
      const key = this.#string();
      this.#take(COLON);
      each(key);
      if (this.#peek() === CLOSE_BRACE) break;
      this.#take(COMMA);
    }
    this.#at += 1;
  }

  #elements(each: () => void): void {
    this.#take(OPEN_BRACKET);
    if (this.#peek() === CLOSE_BRACKET) {
      this.#at += 1;
      return;
    }
    for (;;) {
      each();
      if (this.#peek() === CLOSE_BRACKET) break;
      this.#take(COMMA);
    }
    this.#at += 1;
  }

  /** Steps over a value, whatever it is. */
  #skip(): void {
    const byte = this.#peek();
    if (byte === QUOTE) this.#string();
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#deeper();
      if (byte === OPEN_BRACE) this.#members(() => this.#skip());
      else this.#elements(() => this.#skip());
      this.#depth -= 1;
    } else if (!/^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(this.#word()))
      throw this.#broken();
  }

  /** A number, `true`, `false` or `null`, as it stands. */
  #word(): string {
    this.#space();
    const from = this.#at;
    for (;;) {
      const byte = this.#text[this.#at] ?? COMMA;
      if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 32 || byte === QUOTE)
        break;
      this.#at += 1;
    }
    return this.#text.toString("latin1", from, this.#at);
  }

  #string(): string {
    this.#take(QUOTE);
    const from = this.#at;
    let escaped = false;
    for (;;) {
      const byte = this.#text[this.#at];
      if (byte === undefined || byte < 32) throw this.#broken();
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        escaped = true;
        this.#at += 1;
      }
      this.#at += 1;
    }
    const text = this.#text.toString("utf8", from, this.#at);
    this.#at += 1;
    if (!escaped) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      throw this.#broken();
    }
  }
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

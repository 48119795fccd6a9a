/**
 * Reading protobuf where it lies (https://protobuf.dev/programming-guides/encoding): no objects are made of it. A cursor
 * walks the fields of one message; a submessage is walked by a cursor of its own.
 */

/** The bytes are not protobuf, or not of the message that is expected. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const broken = (): MalformedError => new MalformedError("the protobuf is cut off or broken");

/** Walks the fields of a message between two offsets. After `next()` it stands at a field's value. */
export class Cursor {
  buffer: Buffer = EMPTY;
  position = 0;
  end = 0;
  /** Of the field that it stands at. */
  field = 0;
  wireType = 0;
  /** Of a BYTES field: where its content lies. */
  start = 0;
  stop = 0;
  /** Of a VARINT field: its low and high 32 bits, unsigned. */
  low = 0;
  high = 0;

  over(buffer: Buffer, start: number, end: number): this {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
    return this;
  }

  /** The next field; false at the end. Throws `MalformedError`. */
  next(): boolean {
    if (this.position >= this.end) return false;
    this.#varint();
    this.field = this.low >>> 3;
    this.wireType = this.low & 7;
    if (this.field === 0 || this.high !== 0) throw broken();
    switch (this.wireType) {
      case BYTES:
        this.#varint();
        if (this.high !== 0) throw broken();
        this.start = this.position;
        this.stop = this.position + this.low;
        this.#to(this.stop);
        return true;
      case VARINT:
        this.#varint();
        return true;
      case FIXED64:
        this.start = this.position;
        this.#to(this.position + 8);
        return true;
      case FIXED32:
        this.start = this.position;
        this.#to(this.position + 4);
        return true;
      default:
        throw broken();
    }
  }

  /** Whether it stands at that field in that form; a known field in another form is broken. */
  expect(wireType: number): void {
    if (this.wireType !== wireType) throw broken();
  }

  /** Of a FIXED64 field. */
  double(): number {
    return this.buffer.readDoubleLE(this.start);
  }

  /** Of a VARINT field, as a signed number of 32 bits. */
  int32(): number {
    return this.low | 0;
  }

  /** Of a VARINT field, in decimals, as int64. */
  int64Text(): string {
    if (this.high === 0) return String(this.low);
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low)).toString();
  }

  text(): string {
    return this.buffer.toString("utf8", this.start, this.stop);
  }

  #to(position: number): void {
    if (position > this.end) throw broken();
    this.position = position;
  }

  #varint(): void {
    const { buffer, end } = this;
    let { position } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw broken();
      const byte = buffer[position] ?? 0;
      position += 1;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x7f) << 28;
        high |= (byte & 0x7f) >> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) {
        this.position = position;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw broken();
  }
}

const EMPTY = Buffer.alloc(0);

/** Places of a repeated field: pairs of offsets in an array that is used again for each message. */
export class Places {
  #pairs = new Int32Array(64);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  add(start: number, stop: number): void {
    if (this.count * 2 === this.#pairs.length) {
      const larger = new Int32Array(this.#pairs.length * 2);
      larger.set(this.#pairs);
      this.#pairs = larger;
    }
    this.#pairs[this.count * 2] = start;
    this.#pairs[this.count * 2 + 1] = stop;
    this.count += 1;
  }

  start(index: number): number {
    return this.#pairs[index * 2] ?? 0;
  }

  stop(index: number): number {
    return this.#pairs[index * 2 + 1] ?? 0;
  }
}

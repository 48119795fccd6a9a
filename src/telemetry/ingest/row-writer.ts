const HEX = Buffer.from("0123456789abcdef");
const FIRST_BYTES = 16 * 1024;
const NEXT_BYTES = 512 * 1024;
/** Under this many bytes a loop is quicker than a call. */
const SHORT = 32;

/**
 * Rows in ClickHouse's RowBinary (https://clickhouse.com/docs/interfaces/formats/RowBinary), written straight from where
 * the values lie: a String is a varint and its bytes, as in protobuf. Grows by whole chunks, so that what is held is what
 * was written; a row that turns out to be unfit is taken back.
 */
export class RowWriter {
  /** Chunks that are full, and how much of each is written. */
  readonly #full: { readonly buffer: Buffer; readonly length: number }[] = [];
  /** Bytes in the full ones. */
  #before = 0;
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  rows = 0;

  get bytes(): number {
    return this.#before + this.#length;
  }

  /** What was written; views that the next write may change. */
  chunks(): readonly Buffer[] {
    return [...this.#full, { buffer: this.#buffer, length: this.#length }].map(({ buffer, length }) =>
      buffer.subarray(0, length),
    );
  }

  /** What was written, as bytes of its own; the writer is empty after it. */
  take(): Buffer {
    const taken = Buffer.concat(this.chunks());
    this.clear();
    return taken;
  }

  clear(): void {
    this.rewind(0);
    this.rows = 0;
  }

  /** Goes back to an earlier length. */
  rewind(bytes: number): void {
    while (bytes < this.#before) {
      const last = this.#full.pop();
      if (last === undefined) break;
      this.#before -= last.length;
      this.#buffer = last.buffer;
    }
    this.#length = bytes - this.#before;
  }

  uint8(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  uint32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeUInt32LE(value >>> 0, this.#length);
  }

  int32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32LE(value | 0, this.#length);
  }

  /** 64 bits from their halves. */
  uint64(low: number, high: number): void {
    this.#room(8);
    const at = this.#buffer.writeUInt32LE(low >>> 0, this.#length);
    this.#length = this.#buffer.writeUInt32LE(high >>> 0, at);
  }

  float64(value: number): void {
    this.#room(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  varint(value: number): void {
    this.#room(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Bytes as they are. */
  raw(source: Buffer, start: number, stop: number): void {
    const size = stop - start;
    this.#room(size);
    const target = this.#buffer;
    let at = this.#length;
    if (size < SHORT) for (let from = start; from < stop; from += 1) target[at++] = source[from] ?? 0;
    else source.copy(target, at, start, stop);
    this.#length += size;
  }

  /** A String of bytes that lie elsewhere. */
  string(source: Buffer, start: number, stop: number): void {
    this.varint(stop - start);
    this.raw(source, start, stop);
  }

  /** A String of ours. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.#room(size);
    this.#length += this.#buffer.write(value, this.#length, size, "utf8");
  }

  /** A String of hexadecimal digits, two for each byte. */
  hex(source: Buffer, start: number, stop: number): void {
    this.varint((stop - start) * 2);
    this.#room((stop - start) * 2);
    for (let from = start; from < stop; from += 1) {
      const byte = source[from] ?? 0;
      this.#buffer[this.#length++] = HEX[byte >> 4] ?? 0;
      this.#buffer[this.#length++] = HEX[byte & 15] ?? 0;
    }
  }

  #room(size: number): void {
    if (this.#length + size <= this.#buffer.length) return;
    this.#full.push({ buffer: this.#buffer, length: this.#length });
    this.#before += this.#length;
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(size, NEXT_BYTES));
    this.#length = 0;
  }
}

import { randomBytes } from "node:crypto";

/** Protobuf by hand, for what no exporter would send. */
const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
};
export const bytesField = (field: number, content: Buffer | string): Buffer => {
  const body = Buffer.from(content);
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
};
const fixed64Field = (field: number, value: bigint): Buffer => {
  const body = Buffer.alloc(8);
  body.writeBigUInt64LE(value);
  return Buffer.concat([varint((field << 3) | 1), body]);
};
const textAttribute = (field: number, key: string, value: string): Buffer =>
  bytesField(field, Buffer.concat([bytesField(1, key), bytesField(2, bytesField(1, value))]));

export interface SpanOrder {
  readonly service: string;
  readonly spans: number;
  readonly resource?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly traceId?: Buffer;
  readonly atMs?: number;
  readonly name?: string;
}

/** ExportTraceServiceRequest of one resource, as protobuf. */
export function traceBody(order: SpanOrder): Buffer {
  const { service, spans, resource = {}, attributes = {}, atMs = Date.now(), name = "work" } = order;
  const startNs = BigInt(Math.floor(atMs)) * 1_000_000n;
  const shared = Buffer.concat([
    bytesField(5, name),
    Buffer.from([0x30, 2]),
    fixed64Field(7, startNs),
    fixed64Field(8, startNs + 5_000_000n),
    ...Object.entries(attributes).map(([key, value]) => textAttribute(9, key, value)),
  ]);
  const list = Array.from({ length: spans }, () => {
    const ids = [bytesField(1, order.traceId ?? randomBytes(16)), bytesField(2, randomBytes(8))];
    return bytesField(2, Buffer.concat([...ids, shared]));
  });
  const resourceBytes = Object.entries({ "service.name": service, ...resource }).map(([key, value]) =>
    textAttribute(1, key, value),
  );
  return bytesField(
    1,
    Buffer.concat([
      bytesField(1, Buffer.concat(resourceBytes)),
      bytesField(2, Buffer.concat([bytesField(1, bytesField(1, "bench")), ...list])),
    ]),
  );
}

/** A body of so many MiB whose length nobody says first. */
export function inPieces(mib: number): ReadableStream<Uint8Array> {
  let left = mib;
  return new ReadableStream({
    pull(controller) {
      left -= 1;
      if (left < 0) controller.close();
      else controller.enqueue(new Uint8Array(1024 ** 2));
    },
  });
}

import { connect } from "node:http2";

export interface UnaryAnswer {
  /** gRPC's own. */
  readonly status: string | undefined;
  readonly words: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

const PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/** A message as gRPC frames it. */
export function framed(message: Buffer, packed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = packed;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A gRPC call by hand: these very bytes. */
export async function unaryCall(
  url: string,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
  path = PATH,
): Promise<UnaryAnswer> {
  const session = connect(url);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  const parts: Buffer[] = [];
  let answered: Record<string, unknown> = {};
  for (const event of ["response", "trailers"]) {
    stream.on(event, (more: Record<string, unknown>) => (answered = { ...answered, ...more }));
  }
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("error", () => undefined);
  stream.end(bytes);
  await new Promise((resolve) => stream.once("close", resolve));
  session.destroy();
  const text = (name: string): string | undefined => {
    const value = answered[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    status: text("grpc-status"),
    words: decodeURIComponent(text("grpc-message") ?? ""),
    headers: answered,
    body: Buffer.concat(parts),
  };
}

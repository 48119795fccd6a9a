import type { Signal } from "./intake.ts";
import { RETRY_AFTER_SECONDS } from "./refusal.ts";
import type { Outcome } from "./request.ts";

/** OTLP's small answers, written by hand: a field or two each. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

const number = (field: number, value: number): Buffer => Buffer.from([field << 3, ...varint(value)]);
const bytes = (field: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
const text = (field: number, content: string): Buffer => bytes(field, Buffer.from(content));

/** ExportTraceServiceResponse or ExportMetricsServiceResponse: empty where all was taken. */
export function answerOf({ rejectedCount, message }: Outcome): Buffer {
  if (rejectedCount === 0) return Buffer.alloc(0);
  return bytes(1, Buffer.concat([number(1, rejectedCount), text(2, message)]));
}

export function answerJsonOf(signal: Signal, { rejectedCount, message }: Outcome): string {
  if (rejectedCount === 0) return "{}";
  const name = signal === "traces" ? "rejectedSpans" : "rejectedDataPoints";
  return JSON.stringify({ partialSuccess: { [name]: `${rejectedCount}`, errorMessage: message } });
}

/** google.rpc.Status; with a RetryInfo where one should come again. */
export function statusOf(code: number, message: string, retry = false): Buffer {
  const parts = [number(1, code), text(2, message)];
  if (retry) {
    const delay = bytes(1, number(1, RETRY_AFTER_SECONDS));
    parts.push(
      bytes(3, Buffer.concat([text(1, "type.googleapis.com/google.rpc.RetryInfo"), bytes(2, delay)])),
    );
  }
  return Buffer.concat(parts);
}

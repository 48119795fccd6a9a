import type { ReadHeader } from "../context/index.ts";
import type { DependencyOutcome, DependencyStats } from "../dependencies/index.ts";
import { type ActiveSpan, activeTracer } from "../tracing/index.ts";

/** Headers as clients of Kafka, AMQP and NATS have them. */
export type MessageHeaders = Record<string, MessageHeader | readonly MessageHeader[] | undefined>;
type MessageHeader = string | Uint8Array;

/** Where a message is sent to, or came from. */
export interface MessagePlace {
  /** `kafka`, `rabbitmq`, …, as OpenTelemetry's conventions name them. */
  readonly system: string;
  /** The topic or queue: one of few. */
  readonly destination: string;
}

let counted: DependencyStats | undefined;

/** From now on messages that are sent count as calls. Returns what ends it. */
export function countMessages(dependencies: DependencyStats): () => void {
  counted = dependencies;
  return () => {
    if (counted === dependencies) counted = undefined;
  };
}

/**
 * Sends a message as a span of its own: writes trace context into `headers`, then calls `send`, and counts it as a call to
 * the queue. Answers, throws and rejects as `send` does. Without telemetry it only sends.
 */
export function produce<T>({ system, destination }: MessagePlace, headers: MessageHeaders, send: () => T): T {
  const span = activeTracer()?.start({
    kind: "producer",
    name: `send ${destination}`,
    attributes: {
      ...placeAttributes({ system, destination }),
      "messaging.operation.type": "send",
      "peer.service": destination,
      "leverframe.peer.kind": "queue",
    },
  });
  if (span === undefined) return send();
  span.inject((name, value) => {
    headers[name] = value;
  });
  const beganMs = performance.now();
  return within(span, send, (outcome) => {
    counted
      ?.series({ name: destination, kind: "queue", operation: system })
      .record(outcome, performance.now() - beganMs);
  });
}

/**
 * Handles a message as a span of its own, which belongs to the trace of whoever sent it. Answers, throws and rejects as
 * `handle` does. Without telemetry it only handles.
 */
export function consume<T>(
  { system, destination }: MessagePlace,
  headers: MessageHeaders,
  handle: () => T,
): T {
  const span = activeTracer()?.start({
    kind: "consumer",
    name: `process ${destination}`,
    attributes: { ...placeAttributes({ system, destination }), "messaging.operation.type": "process" },
    parent: readerOf(headers),
  });
  return span === undefined ? handle() : within(span, handle, () => undefined);
}

const placeAttributes = ({ system, destination }: MessagePlace) => ({
  "messaging.system": system,
  "messaging.destination.name": destination,
});

/** Runs work in a span that ends with it, be it a promise or not. */
function within<T>(span: ActiveSpan, work: () => T, ended: (outcome: DependencyOutcome) => void): T {
  const end = (error?: unknown): void => {
    ended(error === undefined ? "ok" : "error");
    span.end(error);
  };
  let answer: T;
  try {
    answer = span.run(work);
  } catch (error) {
    end(error ?? "it threw nothing");
    throw error;
  }
  if (!(answer instanceof Promise)) {
    end();
    return answer;
  }
  return answer.then(
    (value: unknown) => {
      end();
      return value;
    },
    (error: unknown) => {
      end(error ?? "it threw nothing");
      throw error;
    },
  ) as T;
}

function readerOf(headers: MessageHeaders): ReadHeader {
  return (name) => {
    const value = headers[name];
    const one = Array.isArray(value)
      ? (value as readonly MessageHeader[])[0]
      : (value as MessageHeader | undefined);
    if (one === undefined || typeof one === "string") return one;
    return Buffer.from(one).toString("utf8");
  };
}

import { experimental, Metadata, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import type { ReadHeader, WriteHeader } from "../context/index.ts";
import type { DependencyOutcome } from "../dependencies/index.ts";

/** How a call ends, as far as it is said. */
export type RpcStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/** Under which the balancer finds whom it balances; no property of a connection. */
export const HANDLE = `${experimental.SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.leverframe`;

/** Codes by which the callee did not do its part. */
export const FAULTS: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/** What a code is in the figures of the callee. */
export function outcomeOf(code: status): DependencyOutcome {
  if (code === status.DEADLINE_EXCEEDED) return "timeout";
  if (code === status.CANCELLED) return "cancelled";
  return FAULTS.has(code) ? "error" : "ok";
}

/** `/shop.Inventory/Reserve`, by the names of OpenTelemetry's conventions. */
export function rpcAttributes(path: string, stream: boolean): Readonly<Record<string, string | boolean>> {
  const at = path.lastIndexOf("/");
  return {
    "rpc.system": "grpc",
    "rpc.service": path.slice(1, at),
    "rpc.method": path.slice(at + 1),
    // How long one takes says nothing.
    ...(stream ? { "leverframe.stream": true } : {}),
  };
}

/** On calls whose answer is a stream: how long one takes says nothing of the instance. */
export const STREAM_HEADER = "leverframe-stream";

export const readerOf =
  (metadata: Metadata): ReadHeader =>
  (name) =>
    metadata.get(name)[0]?.toString();

/** The time left goes by the call's own deadline, which grpc-js sends as `grpc-timeout`. */
export const writerOf =
  (metadata: Metadata): WriteHeader =>
  (name, value) => {
    if (name !== "leverframe-timeout-ms") metadata.set(name, value);
  };

export function withMetadata(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}

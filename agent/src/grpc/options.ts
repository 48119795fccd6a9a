import type { ChannelOptions, ServerOptions } from "@grpc/grpc-js";

/** What both ends of connections agree on. All in ms, bytes and counts. */
export interface ConnectionOptions {
  /** A ping after so long without traffic, so that a dead peer is noticed. Default 20,000; peers may reject less than 10,000. */
  readonly keepaliveMs?: number;
  /** The peer is dead when the ping is not answered for so long. Default 5,000. */
  readonly keepaliveTimeoutMs?: number;
  /** How much a peer may send unread, by stream; the more, the faster a long line and the more memory. Default 1 MiB. */
  readonly windowBytes?: number;
  /** Calls at once on one connection; more wait. Servers only. Default 1,000. */
  readonly maxConcurrentStreams?: number;
  /** A longer message is refused. Default 4 MiB. */
  readonly maxMessageBytes?: number;
}

const MIB = 1_048_576;

/** Options of a grpc-js client. */
export const channelOptions = (options: ConnectionOptions = {}): ChannelOptions => ({
  ...common(options),
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 5_000,
  // Retries are `agent.call`'s, with its budget: never two layers of them.
  "grpc.enable_retries": 0,
});

/** Options of a grpc-js server. */
export const serverOptions = (options: ConnectionOptions = {}): ServerOptions => ({
  ...common(options),
  "grpc.max_concurrent_streams": options.maxConcurrentStreams ?? 1_000,
});

const common = ({ keepaliveMs, keepaliveTimeoutMs, windowBytes, maxMessageBytes }: ConnectionOptions) => ({
  "grpc.keepalive_time_ms": keepaliveMs ?? 20_000,
  "grpc.keepalive_timeout_ms": keepaliveTimeoutMs ?? 5_000,
  "grpc-node.flow_control_window": windowBytes ?? MIB,
  "grpc.max_receive_message_length": maxMessageBytes ?? 4 * MIB,
});

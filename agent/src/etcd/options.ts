import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";
import { EtcdError } from "./errors.ts";

/** Where an etcd is and how to speak to it. */
export interface EtcdOptions {
  /** `host:port`, `http://host:port` or `https://host:port`; all plain or all TLS. */
  readonly endpoints: readonly string[];
  /** Client TLS, PEM. Given `cert` and `key`, etcd knows the client by the certificate's CN. */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly auth?: { readonly username: string; readonly password: string };
  /** The deadline of a call that names none, in ms. Default 3,000. */
  readonly deadlineMs?: number;
}

export const DEFAULT_DEADLINE_MS = 3_000;

const MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024;
const loopback = /^(127\.|localhost[:/]|\[?::1\]?)/;

const bare = (endpoint: string): string => endpoint.replace(/^https?:\/\//, "").replace(/\/+$/, "");

/** Checks the endpoints and gives them as `host:port`. Throws INVALID. */
export function addressesOf(options: EtcdOptions): readonly string[] {
  const secure = options.endpoints.filter((endpoint) => endpoint.startsWith("https://")).length;
  if (options.endpoints.length === 0) throw new EtcdError("INVALID", "etcd: no endpoint was given");
  if (secure !== 0 && secure !== options.endpoints.length)
    throw new EtcdError("INVALID", "etcd: endpoints must be all https:// or none");
  const addresses = options.endpoints.map(bare);
  for (const address of addresses)
    if (!/^(\[[0-9a-fA-F:.]+\]|[^\s/:]+):\d{1,5}$/.test(address))
      throw new EtcdError("INVALID", `etcd: endpoint "${address}" is not host:port`);
  return addresses;
}

export function credentialsOf(options: EtcdOptions): ChannelCredentials {
  const { tls } = options;
  if (tls) return credentials.createSsl(tls.ca, tls.key ?? null, tls.cert ?? null);
  return options.endpoints.some((endpoint) => endpoint.startsWith("https://"))
    ? credentials.createSsl()
    : credentials.createInsecure();
}

/**
 * The channel's options. One channel owns its connections (local pool), so that one client is one TCP connection.
 * Pings: etcd refuses more than one in 5 s. Reconnects start after 100 ms and are at most 1 s apart, so that a
 * client works again within seconds of a heal. gRPC's own retries are off: whether to repeat is the caller's choice.
 * An HTTP proxy from the environment is not asked for loopback addresses.
 */
export const channelOptionsOf = (address: string): ChannelOptions => ({
  "grpc.use_local_subchannel_pool": 1,
  "grpc.keepalive_time_ms": 6_000,
  "grpc.keepalive_timeout_ms": 3_000,
  "grpc.max_receive_message_length": MESSAGE_LIMIT_BYTES,
  "grpc.max_send_message_length": MESSAGE_LIMIT_BYTES,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  "grpc.dns_min_time_between_resolutions_ms": 1_000,
  "grpc.enable_retries": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.enable_channelz": 0,
  "grpc-node.flow_control_window": 1024 * 1024,
  ...(loopback.test(address) ? { "grpc.enable_http_proxy": 0 } : {}),
});

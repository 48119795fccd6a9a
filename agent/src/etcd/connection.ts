import {
  type CallOptions,
  Channel,
  type ChannelCredentials,
  type ClientDuplexStream,
  connectivityState,
  type Client as GrpcClient,
  Metadata,
} from "@grpc/grpc-js";
import type { ICallable, Services } from "etcd3";
import { Host } from "etcd3/lib/connection-pool.js";
import { EtcdError, isExpiredToken, isNeverSent, toEtcdError } from "./errors.ts";
import {
  addressesOf,
  channelOptionsOf,
  credentialsOf,
  DEFAULT_DEADLINE_MS,
  type EtcdOptions,
} from "./options.ts";

type ServiceName = keyof typeof Services;

/** What a call of ours adds to gRPC's options. `writes`: it may change etcd, so a lost answer is an unknown outcome. */
export interface CallTerms extends CallOptions {
  readonly deadlineMs?: number | undefined;
  readonly writes?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One endpoint's channel, and etcd3's service clients on top of it: all share its one TCP connection. */
class Link {
  readonly address: string;
  readonly host: Host;
  readonly #channel: Channel;
  /** Monotonic ms. */
  readonly openedAtMs = performance.now();

  constructor(address: string, channelCredentials: ChannelCredentials) {
    const options = channelOptionsOf(address);
    this.address = address;
    this.#channel = new Channel(address, channelCredentials, options);
    this.host = new Host(address, channelCredentials, { channelOverride: this.#channel });
  }

  connecting(): boolean {
    return this.#channel.getConnectivityState(false) === connectivityState.CONNECTING;
  }

  close(): void {
    this.host.close();
    this.#channel.close();
  }
}

type UnaryMethod = (
  payload: unknown,
  metadata: Metadata,
  options: CallOptions,
  done: (error: Error | null, answer: unknown) => void,
) => { cancel(): void };

/** A handshake that stays unanswered this long is given up; each further one may take twice as long, up to 5 min. */
const HANDSHAKE_MS = 10_000;
const HANDSHAKE_MAX_MS = 300_000;

/**
 * What etcd3's service clients call through, in place of its connection pool: no retries, no circuit breaker, a
 * deadline on every call, one connection at a time. With several endpoints it stays on one and moves to the next when
 * that one is unreachable or silent; a call that never left this process, or a read, is then repeated there.
 */
export class Connection implements ICallable<Link> {
  readonly callOptionsFactory = undefined;
  readonly #addresses: readonly string[];
  readonly #credentials: ChannelCredentials;
  readonly #auth: EtcdOptions["auth"];
  readonly #deadlineMs: number;
  #link: Link;
  #index: number;
  #handshakeMs = HANDSHAKE_MS;
  #token: Promise<Metadata> | undefined;
  #closed = false;
  static readonly #plain = new Metadata();

  constructor(options: EtcdOptions) {
    this.#addresses = addressesOf(options);
    this.#credentials = credentialsOf(options);
    this.#auth = options.auth;
    this.#deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    this.#index = Math.floor(Math.random() * this.#addresses.length);
    this.#link = this.#open();
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** One call. Fails with {@link EtcdError} only; never later than its deadline. */
  async exec<T>(service: ServiceName, method: string, payload: unknown, terms: CallTerms = {}): Promise<T> {
    const deadline = Date.now() + (terms.deadlineMs ?? this.#deadlineMs);
    for (let attempt = 1; ; attempt++) {
      const link = this.#link;
      try {
        const metadata = this.#auth ? await this.#authorized(link, deadline) : Connection.#plain;
        return await this.#call<T>(link, service, method, payload, metadata, deadline, terms);
      } catch (raw) {
        const error = toEtcdError(raw, `${service}.${method}`, terms.writes ?? false);
        const renewed = this.#auth !== undefined && attempt === 1 && isExpiredToken(raw);
        if (renewed) this.#token = undefined;
        else this.#suspect(link, error);
        const moved = this.#link !== link && attempt < this.#addresses.length;
        const repeatable = error.code === "UNAVAILABLE" && (!terms.writes || isNeverSent(error));
        if (!renewed && !(moved && repeatable && Date.now() < deadline)) throw error;
      }
    }
  }

  /** Opens a stream of a service. `hasleader` makes etcd end it when its member has lost the leader. */
  async openStream<Req, Res>(service: ServiceName, method: string): Promise<ClientDuplexStream<Req, Res>> {
    const link = this.#link;
    const deadline = Date.now() + this.#deadlineMs;
    try {
      const metadata = (this.#auth ? await this.#authorized(link, deadline) : Connection.#plain).clone();
      metadata.set("hasleader", "true");
      if (this.#closed) throw new EtcdError("CANCELLED", "etcd: the client is closed");
      const client = link.host.getServiceClient(service);
      const open = client[method as keyof GrpcClient] as unknown as (
        metadata: Metadata,
      ) => ClientDuplexStream<Req, Res>;
      const stream = open.call(client, metadata);
      stream.on("error", (raw) => {
        if (isExpiredToken(raw)) this.#token = undefined;
        else this.#suspect(link, toEtcdError(raw, `${service}.${method}`, false));
      });
      return stream;
    } catch (raw) {
      throw toEtcdError(raw, `${service}.${method}`, false);
    }
  }

  /** For etcd3's streaming clients; ours use {@link openStream}. */
  async withConnection<R>(
    service: ServiceName,
    use: (on: { resource: Link; client: GrpcClient; metadata: Metadata }) => Promise<R> | R,
  ): Promise<R> {
    const link = this.#link;
    const metadata = this.#auth
      ? await this.#authorized(link, Date.now() + this.#deadlineMs)
      : Connection.#plain;
    return use({ resource: link, client: link.host.getServiceClient(service), metadata: metadata.clone() });
  }

  markFailed(link: Link, error: Error): void {
    this.#suspect(link, toEtcdError(error, "stream", false));
  }

  /** Ends every call and stream; the socket goes at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#link.close();
  }

  #call<T>(
    link: Link,
    service: ServiceName,
    method: string,
    payload: unknown,
    metadata: Metadata,
    deadline: number,
    terms: CallTerms,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed || terms.signal?.aborted) {
        reject(new EtcdError("CANCELLED", `etcd ${service}.${method}: the client is closed`));
        return;
      }
      const client = link.host.getServiceClient(service);
      const run = client[method as keyof GrpcClient] as unknown as UnaryMethod;
      const { signal } = terms;
      const abort = (): void => call.cancel();
      const call = run.call(client, payload, metadata, { deadline }, (error, answer) => {
        signal?.removeEventListener("abort", abort);
        if (error) reject(error);
        else resolve(answer as T);
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** The token that a password buys, kept until etcd refuses it. */
  #authorized(link: Link, deadline: number): Promise<Metadata> {
    this.#token ??= this.#authenticate(link, deadline).catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    return this.#token;
  }

  async #authenticate(link: Link, deadline: number): Promise<Metadata> {
    const credentials = { name: this.#auth?.username, password: this.#auth?.password };
    const answer = await this.#call<{ token: string }>(
      link,
      "Auth",
      "authenticate",
      credentials,
      Connection.#plain,
      deadline,
      {},
    );
    const metadata = new Metadata();
    metadata.set("token", answer.token);
    return metadata;
  }

  /** Leaves an endpoint that does not answer, if there is a better one; and a handshake that nobody answers. */
  #suspect(link: Link, error: EtcdError): void {
    if (this.#closed || link !== this.#link) return;
    if (error.code !== "UNAVAILABLE" && error.code !== "DEADLINE") {
      this.#handshakeMs = HANDSHAKE_MS;
      return;
    }
    const mute = link.connecting() && performance.now() - link.openedAtMs > this.#handshakeMs;
    if (this.#addresses.length === 1 && !mute) return;
    if (mute) this.#handshakeMs = Math.min(this.#handshakeMs * 2, HANDSHAKE_MAX_MS);
    this.#index = (this.#index + 1) % this.#addresses.length;
    this.#link = this.#open();
    link.close();
  }

  #open(): Link {
    const address = this.#addresses[this.#index];
    if (address === undefined) throw new EtcdError("INVALID", "etcd: no endpoint was given");
    return new Link(address, this.#credentials);
  }
}

import type { ClientDuplexStream } from "@grpc/grpc-js";
import {
  AuthClient,
  ClusterClient,
  type ILeaseKeepAliveRequest,
  type ILeaseKeepAliveResponse,
  type IRangeResponse,
  type ITxnResponse,
  type IWatchRequest,
  type IWatchResponse,
  KVClient,
  LeaseClient,
  MaintenanceClient,
} from "etcd3";
import { type CallTerms, Connection } from "./connection.ts";
import type { EtcdOptions } from "./options.ts";
import {
  type Compare,
  decodeRange,
  decodeTxn,
  encodeCompare,
  encodeOperation,
  encodeRange,
  type KeyValue,
  type Operation,
  prefixEnd,
  type RangeOptions,
  type RangeResult,
  type TxnResult,
} from "./requests.ts";

/** A raw watch stream of etcd (`etcdserverpb.Watch`). */
export type WatchStream = ClientDuplexStream<IWatchRequest, IWatchResponse>;
/** A raw keepalive stream of etcd (`etcdserverpb.Lease`). */
export type KeepAliveStream = ClientDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>;

export interface EtcdStatus {
  readonly version: string;
  /** Member id of the leader; `"0"` when there is none. */
  readonly leader: string;
  readonly revision: number;
  readonly dbSizeBytes: number;
  readonly dbSizeInUseBytes: number;
  readonly memberId: string;
  readonly clusterId: string;
}

/**
 * A connection to one etcd. Every call has a deadline and fails with `EtcdError` only; nothing is retried behind the
 * caller's back, but for requests that never left this process when there is another endpoint.
 */
export interface Etcd {
  /** Linearizable. */
  range(options: RangeOptions): Promise<RangeResult>;
  get(key: string): Promise<KeyValue | undefined>;
  put(key: string, value: string | Buffer, options?: { lease?: string }): Promise<{ revision: number }>;
  delete(options: { key?: string; prefix?: string }): Promise<{ revision: number; deleted: number }>;
  txn(transaction: {
    readonly compare: readonly Compare[];
    readonly success: readonly Operation[];
    readonly failure?: readonly Operation[];
    readonly deadlineMs?: number;
  }): Promise<TxnResult>;
  grantLease(ttlSeconds: number): Promise<{ id: string; ttlSeconds: number }>;
  revokeLease(id: string): Promise<void>;
  /** Seconds left; undefined when the lease is gone. */
  leaseTtl(id: string): Promise<number | undefined>;
  status(options?: { deadlineMs?: number }): Promise<EtcdStatus>;
  compact(revision: number): Promise<void>;
  members(options?: { deadlineMs?: number }): Promise<{ id: string; name: string; endpoints: string[] }[]>;
  /** Alarms that etcd raised, such as NOSPACE. */
  alarms(): Promise<{ memberId: string; alarm: string }[]>;
  disarmAlarms(): Promise<void>;
  /** Gives space back to the disk; blocks the member meanwhile. */
  defragment(options: { deadlineMs: number }): Promise<void>;
  /** etcd3's client for users and roles, over this connection. */
  readonly auth: AuthClient;
  /** Raw, with `hasleader`; for the mirror only. */
  watchStream(): Promise<WatchStream>;
  /** Raw, with `hasleader`; for the lease session only. */
  keepAliveStream(): Promise<KeepAliveStream>;
  readonly deadlineMs: number;
  close(): void;
}

/**
 * Opens a client: one TCP connection (at a time), keepalive 6 s with 3 s to answer, messages up to 16 MiB. Connects at
 * the first call. Throws INVALID on endpoints that are none.
 */
export function openEtcd(options: EtcdOptions): Etcd {
  return new EtcdClient(new Connection(options));
}

/**
 * Ours, not etcd's choice: where the host's module settings keep protobufjs from loading `long`, integers above 2^53
 * come back rounded, and a rounded lease id is another lease.
 */
const newLeaseId = (): string => String(1 + Math.floor(Math.random() * (Number.MAX_SAFE_INTEGER - 1)));

const write = (deadlineMs?: number): CallTerms => ({ writes: true, deadlineMs });

class EtcdClient implements Etcd {
  readonly auth: AuthClient;
  readonly #connection: Connection;
  readonly #kv: KVClient;
  readonly #lease: LeaseClient;
  readonly #maintenance: MaintenanceClient;
  readonly #cluster: ClusterClient;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#kv = new KVClient(connection);
    this.#lease = new LeaseClient(connection);
    this.#maintenance = new MaintenanceClient(connection);
    this.#cluster = new ClusterClient(connection);
    this.auth = new AuthClient(connection);
  }

  get deadlineMs(): number {
    return this.#connection.deadlineMs;
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const terms: CallTerms = { deadlineMs: options.deadlineMs, signal: options.signal };
    const answer: IRangeResponse = await this.#kv.range(encodeRange(options), terms);
    return decodeRange(answer);
  }

  async get(key: string): Promise<KeyValue | undefined> {
    return (await this.range({ key })).kvs[0];
  }

  async put(
    key: string,
    value: string | Buffer,
    options: { lease?: string } = {},
  ): Promise<{ revision: number }> {
    const request = {
      key: Buffer.from(key),
      value: typeof value === "string" ? Buffer.from(value) : value,
      ...(options.lease === undefined ? {} : { lease: options.lease }),
    };
    const answer = await this.#kv.put(request, write());
    return { revision: Number(answer.header.revision) };
  }

  async delete(options: { key?: string; prefix?: string }): Promise<{ revision: number; deleted: number }> {
    const { key, range_end } = encodeRange(options);
    const request = {
      ...(key === undefined ? {} : { key }),
      ...(range_end === undefined ? {} : { range_end }),
    };
    const answer = await this.#kv.deleteRange(request, write());
    return { revision: Number(answer.header.revision), deleted: Number(answer.deleted) };
  }

  async txn(transaction: Parameters<Etcd["txn"]>[0]): Promise<TxnResult> {
    const { compare, success, failure = [], deadlineMs } = transaction;
    const writes = [...success, ...failure].some((operation) => !("range" in operation));
    const request = {
      compare: compare.map(encodeCompare),
      success: success.map(encodeOperation),
      failure: failure.map(encodeOperation),
    };
    const terms: CallTerms = { writes, deadlineMs };
    const answer: ITxnResponse = await this.#kv.txn(request, terms);
    return decodeTxn(answer);
  }

  async grantLease(ttlSeconds: number): Promise<{ id: string; ttlSeconds: number }> {
    const answer = await this.#lease.leaseGrant({ TTL: ttlSeconds, ID: newLeaseId() }, write());
    return { id: answer.ID, ttlSeconds: Number(answer.TTL) };
  }

  async revokeLease(id: string): Promise<void> {
    await this.#lease.leaseRevoke({ ID: id }, write());
  }

  async leaseTtl(id: string): Promise<number | undefined> {
    const answer = await this.#lease.leaseTimeToLive({ ID: id });
    const seconds = Number(answer.TTL);
    return seconds < 0 ? undefined : seconds;
  }

  async status(options: { deadlineMs?: number } = {}): Promise<EtcdStatus> {
    const terms: CallTerms = { deadlineMs: options.deadlineMs };
    const answer = await this.#maintenance.status(terms);
    return {
      version: answer.version,
      leader: answer.leader,
      revision: Number(answer.header.revision),
      dbSizeBytes: Number(answer.dbSize),
      dbSizeInUseBytes: Number(answer.dbSizeInUse),
      memberId: answer.header.member_id,
      clusterId: answer.header.cluster_id,
    };
  }

  async compact(revision: number): Promise<void> {
    await this.#kv.compact({ revision, physical: true }, write());
  }

  async members(
    options: { deadlineMs?: number } = {},
  ): Promise<{ id: string; name: string; endpoints: string[] }[]> {
    const terms: CallTerms = { deadlineMs: options.deadlineMs };
    const answer = await this.#cluster.memberList({}, terms);
    return answer.members.map(({ ID, name, clientURLs }) => ({ id: ID, name, endpoints: clientURLs }));
  }

  async alarms(): Promise<{ memberId: string; alarm: string }[]> {
    const answer = await this.#maintenance.alarm({ action: "Get" });
    return answer.alarms.map((alarm) => ({
      memberId: alarm.memberID,
      alarm: alarm.alarm.toUpperCase(),
    }));
  }

  async disarmAlarms(): Promise<void> {
    const answer = await this.#maintenance.alarm({ action: "Get" });
    for (const { memberID, alarm } of answer.alarms)
      await this.#maintenance.alarm({ action: "Deactivate", memberID, alarm }, write());
  }

  async defragment(options: { deadlineMs: number }): Promise<void> {
    await this.#maintenance.defragment(write(options.deadlineMs));
  }

  watchStream(): Promise<WatchStream> {
    return this.#connection.openStream<IWatchRequest, IWatchResponse>("Watch", "watch");
  }

  keepAliveStream(): Promise<KeepAliveStream> {
    return this.#connection.openStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>(
      "Lease",
      "leaseKeepAlive",
    );
  }

  close(): void {
    this.#connection.close();
  }
}

/** The span of a watch on a prefix. */
export const prefixSpan = (prefix: string): { key: Buffer; range_end: Buffer } => ({
  key: Buffer.from(prefix),
  range_end: prefixEnd(prefix),
});

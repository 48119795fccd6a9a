import type {
  ICompare,
  IKeyValue,
  IRangeRequest,
  IRangeResponse,
  IRequestOp,
  IResponseHeader,
  ITxnResponse,
} from "etcd3";
import { CompareTarget } from "etcd3";
import { EtcdError } from "./errors.ts";

/** One key as etcd holds it. Revisions are safe integers; `lease` is an id in decimal, `"0"` for none. */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: string;
}

/** Which keys to read: one `key`, or a `prefix` (from `from` on), at the newest or at a given `revision`. */
export interface RangeOptions {
  readonly prefix?: string;
  readonly key?: string;
  /** Where a page starts (inclusive), with `prefix`. */
  readonly from?: string;
  readonly limit?: number;
  readonly revision?: number;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  /** Newest mod revision first. */
  readonly newestFirst?: boolean;
  readonly deadlineMs?: number;
  /** Ends the call with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** `revision` is the store's, from the header; `count` is of all keys in range, beyond `limit` too. */
export interface RangeResult {
  readonly revision: number;
  readonly clusterId: string;
  readonly memberId: string;
  readonly kvs: KeyValue[];
  readonly count: number;
  readonly more: boolean;
}

/** Holds when the key's revision, version or lease equals the given one; 0 = the key is absent. */
export type Compare = {
  readonly key: string;
  readonly target: "mod" | "create" | "version" | "lease";
  readonly equals: number | string;
};

export type Operation =
  | { readonly put: string; readonly value: string | Buffer; readonly lease?: string }
  | { readonly delete: string }
  | { readonly range: RangeOptions };

export interface TxnResult {
  readonly succeeded: boolean;
  readonly revision: number;
  readonly clusterId: string;
  /** Of the branch taken, in order. */
  readonly ranges: RangeResult[];
}

/** The first key after all keys with this prefix; etcd reads `\0` as "to the end". */
export function prefixEnd(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i] ?? 0xff;
    if (byte < 0xff) {
      end[i] = byte + 1;
      return end.subarray(0, i + 1);
    }
  }
  return Buffer.from([0]);
}

const bytes = (value: string | Buffer): Buffer => (typeof value === "string" ? Buffer.from(value) : value);

export function encodeRange(options: RangeOptions): IRangeRequest {
  const { key, prefix } = options;
  if ((key === undefined) === (prefix === undefined))
    throw new EtcdError("INVALID", "etcd range: give either a key or a prefix");
  const span =
    prefix === undefined
      ? { key: Buffer.from(key ?? "") }
      : { key: Buffer.from(options.from ?? (prefix === "" ? "\0" : prefix)), range_end: prefixEnd(prefix) };
  return {
    ...span,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.revision === undefined ? {} : { revision: options.revision }),
    ...(options.keysOnly ? { keys_only: true } : {}),
    ...(options.countOnly ? { count_only: true } : {}),
    ...(options.newestFirst ? { sort_order: "Descend" as const, sort_target: "Mod" as const } : {}),
  };
}

export const decodeKeyValue = (kv: IKeyValue): KeyValue => ({
  key: kv.key.toString(),
  value: kv.value,
  createRevision: Number(kv.create_revision),
  modRevision: Number(kv.mod_revision),
  version: Number(kv.version),
  lease: kv.lease,
});

/** A range inside a transaction bears no header of its own, so the transaction's is given. */
export function decodeRange(answer: IRangeResponse, header: IResponseHeader = answer.header): RangeResult {
  return {
    revision: Number(header.revision),
    clusterId: header.cluster_id,
    memberId: header.member_id,
    kvs: answer.kvs.map(decodeKeyValue),
    count: Number(answer.count),
    more: answer.more,
  };
}

export function encodeCompare(compare: Compare): ICompare {
  const key = Buffer.from(compare.key);
  const { equals } = compare;
  switch (compare.target) {
    case "mod":
      return { key, result: "Equal", target: CompareTarget.Mod, mod_revision: equals };
    case "create":
      return { key, result: "Equal", target: CompareTarget.Create, create_revision: equals };
    case "version":
      return { key, result: "Equal", target: CompareTarget.Version, version: equals };
    case "lease":
      return { key, result: "Equal", target: CompareTarget.Lease, lease: equals };
  }
}

export function encodeOperation(operation: Operation): IRequestOp {
  if ("put" in operation)
    return {
      request_put: {
        key: Buffer.from(operation.put),
        value: bytes(operation.value),
        ...(operation.lease === undefined ? {} : { lease: operation.lease }),
      },
    };
  if ("delete" in operation) return { request_delete_range: { key: Buffer.from(operation.delete) } };
  return { request_range: encodeRange(operation.range) };
}

export function decodeTxn(answer: ITxnResponse): TxnResult {
  const ranges: RangeResult[] = [];
  for (const one of answer.responses) {
    // oneofs: only the member that was sent is there, whatever the type says.
    const range = one.response_range as IRangeResponse | undefined | null;
    if (range) ranges.push(decodeRange(range, answer.header));
  }
  return {
    succeeded: answer.succeeded,
    revision: Number(answer.header.revision),
    clusterId: answer.header.cluster_id,
    ranges,
  };
}

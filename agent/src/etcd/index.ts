export { type Etcd, type EtcdStatus, type KeepAliveStream, openEtcd, type WatchStream } from "./client.ts";
export { ETCD_ERROR_CODES, EtcdError, type EtcdErrorCode } from "./errors.ts";
export { LeaseSession, type LeaseSessionOptions, type LeaseState } from "./lease-session.ts";
export { Mirror } from "./mirror.ts";
export {
  DEFAULT_TIMINGS,
  type ListCause,
  type MirrorBatch,
  type MirrorChange,
  type MirrorCounters,
  type MirrorOptions,
  type MirrorProof,
  type MirrorStatus,
  type MirrorTimings,
} from "./mirror-types.ts";
export type { EtcdOptions } from "./options.ts";
export type { Compare, KeyValue, Operation, RangeOptions, RangeResult, TxnResult } from "./requests.ts";

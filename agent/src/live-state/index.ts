export { type RawBatch, type RawChange, type RawEntry, STREAMS, type StreamName } from "./batch.ts";
export { type Known, NOTHING_KNOWN } from "./guard.ts";
export { readHead } from "./head.ts";
export { type ActedKind, type ActedResource, type OpenSecret } from "./judge.ts";
export {
  type Effective,
  type LeverChange,
  type LiveImage,
  LiveState,
  type Outcome,
  type UnsupportedLever,
} from "./live-state.ts";
export type { Refuse, StreamImage } from "./stream-state.ts";

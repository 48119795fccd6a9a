export {
  type CallContext,
  type CallUnderWay,
  currentContext,
  NO_CONTEXT,
  remainingMs,
  runInContext,
} from "./call-context.ts";
export {
  ATTEMPT_HEADER,
  noteDegradation,
  type ReadHeader,
  readContext,
  type WriteHeader,
  withDegradation,
  writeContext,
} from "./wire.ts";

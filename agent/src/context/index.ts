export {
  type CallContext,
  currentContext,
  NO_CONTEXT,
  remainingMs,
  runInContext,
} from "./call-context.ts";
export { type ReadHeader, readContext, type WriteHeader, withDegradation, writeContext } from "./wire.ts";

export type { Agent } from "./agent/agent.ts";
export type { AgentEvents } from "./agent/events.ts";
export { createAgent } from "./agent/leverframe-agent.ts";
export type { AgentOptions, MetricsOptions } from "./agent/options.ts";
export type { AgentStatus } from "./agent/status.ts";
export type { TelemetrySource } from "./agent/telemetry-source.ts";
export {
  type Breaker,
  BreakerOpenError,
  type BreakerStats,
  type BreakerTotals,
  type CallOptions,
  type Cause,
  type Permit,
  type StateName,
  type Transition,
} from "./breaker/index.ts";
export {
  type CallContext,
  currentContext,
  NO_CONTEXT,
  noteDegradation,
  readContext,
  runInContext,
  writeContext,
} from "./context/index.ts";
export type { PeerKind } from "./dependencies/index.ts";
export type {
  Acquired,
  AcquireOptions,
  Balancing,
  CallEnd,
  Load,
  ServiceHandle,
  ServiceInstance,
} from "./discovery/index.ts";
export type { FlagReader } from "./flags/live-flags.ts";
export type {
  ConfigHandle,
  ConfigOptions,
  ConfigSchema,
  FlagVariantAnswer,
  SwitchAnswer,
  SwitchHandle,
  SwitchOptions,
} from "./levers/index.ts";
export type { Logger } from "./logger.ts";
export type { PoolState } from "./metrics/pools.ts";
export {
  type Attempt,
  CallDegradedError,
  type CallFunction,
  type CallPolicy,
  CallTimeoutError,
  DEGRADATION_CHANNEL,
  DeadlineExceededError,
  type Degradation,
  type DegradationReason,
  type DegradedCall,
  type Fallback,
  HttpStatusError,
  isSpent,
  type LeveledLogger,
  type LimitCause,
  LimitReachedError,
  type PolicyCallOptions,
  type PolicyDefaults,
  RETRY_HEADER,
} from "./policy/index.ts";
export type { BreakerSpec, Held, Hold, Level, Position } from "./protocol/index.ts";
export type { Answer, Context, Evaluation, EvaluationFault, FlagTable } from "./rules/index.ts";
export { AGENT_VERSION } from "./version.ts";

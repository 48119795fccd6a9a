export * from "./call-log.ts";
export * from "./constraint.ts";
export * from "./flag.ts";
export * from "./keys.ts";
export { isAbove } from "./min-agent.ts";
export * from "./names.ts";
export { describeIssues, lenient, type Objects, strict } from "./objects.ts";
export {
  ADAPTATIONS,
  DEFAULT_RETRY,
  DEFAULT_TIMEOUT,
  type DegradeSpec,
  type LimitSpec,
  type RetrySpec,
  SIGNALS,
  type Signal,
  type TimeoutSpec,
} from "./policy-specs.ts";
export * from "./records.ts";
export * from "./resource.ts";
export {
  BREAKER_MODES,
  type BreakerSpec,
  type ConfigSpec,
  DEFAULT_BREAKER,
  LEVELS,
  type Level,
  LOCALITIES,
  POSITIONS,
  type Position,
  type SpecOf,
  STRATEGIES,
  type SwitchSpec,
  specSchemas,
  type TrafficSpec,
} from "./specs.ts";
export { SCHEMA_VERSIONS, type Upcaster, upcastResource } from "./upcast.ts";

export * from "./breaker/index.ts";
export { findFault } from "./check-resource.ts";
export { parseConfigValue, parseFlag } from "./config-value.ts";
export { ConstraintError, type Context, compileConstraints, type Predicate } from "./constraints.ts";
export {
  type CompiledLever,
  compileLever,
  type Evaluation,
  type EvaluationFault,
  type FlagMetadata,
  isFault,
  REMOTE_INSTANCE_FIELD,
  type Reason,
} from "./evaluation.ts";
export {
  type CompiledFlag,
  compileFlag,
  type FlagDecision,
  NO_VARIANT,
  type Surroundings,
} from "./flag-decision.ts";
export { type Answer, type FaultyLever, FlagTable, type FoundFlag, type TableLever } from "./flag-table.ts";
export type { Variant } from "./flag-variants.ts";
export { type HashPrefix, murmur3, murmur3After, murmur3Prefix } from "./murmur3.ts";
export {
  answerAll,
  answerOne,
  etagOf,
  OFREP_BODY_BYTES,
  type OfrepAnswer,
  type OfrepFlags,
} from "./ofrep.ts";
export { canonicalContext, readFlagContext } from "./read-context.ts";
export { bucketBp, compileMembership, type Membership, specFor, WHOLE_BP } from "./rollout.ts";
export { compileSwitch, type SwitchDecision, type SwitchResource } from "./switch-decision.ts";

export { findFault } from "./check-resource.ts";
export { parseConfigValue } from "./config-value.ts";
export { ConstraintError, type Context, compileConstraints, type Predicate } from "./constraints.ts";
export { type HashPrefix, murmur3, murmur3After, murmur3Prefix } from "./murmur3.ts";
export { bucketBp, compileMembership, type Membership, specFor, WHOLE_BP } from "./rollout.ts";
export { compileSwitch, type SwitchDecision, type SwitchResource } from "./switch-decision.ts";

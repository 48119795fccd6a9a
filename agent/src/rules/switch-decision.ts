import type { Rollout } from "../protocol/resource.ts";
import type { SwitchSpec } from "../protocol/specs.ts";
import { type Context, compileConstraints, type Predicate } from "./constraints.ts";
import { compileMembership } from "./rollout.ts";

/** The part of a switch's resource that decides. */
export interface SwitchResource {
  readonly spec: SwitchSpec;
  readonly rollout?: Rollout<SwitchSpec> | undefined;
}

/** A switch compiled for one instance. */
export interface SwitchDecision {
  /** Whether the degraded answer is to be given to this context. Pure and without allocation. */
  readonly isDegraded: Predicate;
  /** The spec that holds for this context: what strategy and payload are taken from. */
  readonly specFor: (context?: Context) => SwitchSpec;
  /** Set where the answer is the same for every context, so that a caller need not ask again. */
  readonly constant: boolean | undefined;
}

const never: Predicate = () => false;
const always: Predicate = () => true;

function compilePosition(spec: SwitchSpec): { test: Predicate; constant: boolean | undefined } {
  if (spec.position === "NORMAL") return { test: never, constant: false };
  if (spec.audience === undefined || spec.audience.length === 0) return { test: always, constant: true };
  return { test: compileConstraints(spec.audience), constant: undefined };
}

/**
 * Compiles a switch: the rollout picks stable or candidate, the position and audience of that spec decide.
 * Throws `ConstraintError` where a constraint can't be read.
 */
export function compileSwitch(resource: SwitchResource, instance: string): SwitchDecision {
  const stable = compilePosition(resource.spec);
  const { rollout } = resource;
  if (rollout === undefined) {
    return { isDegraded: stable.test, specFor: () => resource.spec, constant: stable.constant };
  }
  const candidate = compilePosition(rollout.candidate);
  const isMember = compileMembership(rollout, instance);
  return {
    isDegraded: (context) => (isMember(context) ? candidate.test(context) : stable.test(context)),
    specFor: (context) => (isMember(context) ? rollout.candidate : resource.spec),
    constant: undefined,
  };
}

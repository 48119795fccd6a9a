import type { Kind } from "../protocol/names.ts";
import type { Resource, Rollout } from "../protocol/resource.ts";
import type { ConfigSpec, SwitchSpec } from "../protocol/specs.ts";
import { parseConfigValue, parseFlag } from "./config-value.ts";
import { type Context, compileConstraints, type Predicate } from "./constraints.ts";
import { type CompiledFlag, compileFlag, type FlagDecision, type Surroundings } from "./flag-decision.ts";
import { compileMembership, WHOLE_BP } from "./rollout.ts";
import { compileSwitch } from "./switch-decision.ts";

/** OpenFeature's reasons, as far as a lever has them. */
export type Reason = "STATIC" | "TARGETING_MATCH" | "SPLIT" | "DEFAULT" | "DISABLED";

export type FlagMetadata = Readonly<Record<string, string | number | boolean>>;

/** What a lever says to a context, as OpenFeature asks. `value` undefined: the code's default. */
export interface Evaluation {
  readonly value: unknown;
  readonly reason: Reason;
  readonly variant?: string | undefined;
  readonly metadata: FlagMetadata;
}

/** Why there is no answer. The codes are OpenFeature's. */
export interface EvaluationFault {
  readonly errorCode: "FLAG_NOT_FOUND" | "TARGETING_KEY_MISSING" | "GENERAL";
  readonly errorDetails: string;
}

export const isFault = (answer: Evaluation | EvaluationFault): answer is EvaluationFault =>
  "errorCode" in answer;

/** A lever compiled for evaluation, once a revision. */
export interface CompiledLever {
  readonly evaluate: (context: Context, around: Surroundings) => Evaluation | EvaluationFault;
  /** The payload of the flag's variant as a value of its own; undefined for what is no flag with variants. */
  readonly evaluateVariant:
    | ((context: Context, around: Surroundings) => Evaluation | EvaluationFault)
    | undefined;
  /** Of a flag in force, for those that require it. */
  readonly flagFor: ((context: Context | undefined) => CompiledFlag) | undefined;
  /** Other names of it. */
  readonly keys: readonly string[];
  /** The names of the flags that it requires. */
  readonly requires: readonly string[];
}

/** The field by which an instance that is not this process says who it is, where a share goes by instance. */
export const REMOTE_INSTANCE_FIELD = "instance";

type Compiled = (context: Context, around: Surroundings) => Evaluation;

/** Where a rollout leads a context, and by what. */
interface Lead {
  readonly member: boolean;
  readonly reason: Reason | undefined;
}
type Leads = (context: Context | undefined) => Lead | EvaluationFault;

const NOBODY: Lead = { member: false, reason: undefined };

/**
 * Compiles a switch or a config as OpenFeature and OFREP evaluate it, over the very functions that an agent decides
 * with. `instance` undefined: somebody asks from elsewhere, and names the instance in the context's `instance`.
 * Throws an `Error` for a body that `findFault` refuses.
 */
export function compileLever<K extends Kind & ("switch" | "config")>(
  kind: K,
  name: string,
  resource: Pick<Resource<K>, "spec" | "rollout">,
  instance: string | undefined,
  metadata: FlagMetadata,
): CompiledLever {
  return kind === "switch"
    ? compileSwitchLever(resource as Pick<Resource<"switch">, "spec" | "rollout">, instance, metadata)
    : compileConfigLever(name, resource as Pick<Resource<"config">, "spec" | "rollout">, instance, metadata);
}

function compileSwitchLever(
  { spec, rollout }: Pick<Resource<"switch">, "spec" | "rollout">,
  instance: string | undefined,
  metadata: FlagMetadata,
): CompiledLever {
  const answers = (of: SwitchSpec): Compiled => {
    const { isDegraded, constant } = compileSwitch({ spec: of }, instance ?? "");
    const { level, strategy, payload } = of;
    const own = {
      ...metadata,
      level,
      strategy,
      ...(payload === undefined
        ? {}
        : { payload: typeof payload === "string" ? payload : JSON.stringify(payload) }),
    };
    const answer = (degraded: boolean, reason: Reason): Evaluation => ({
      value: degraded,
      reason,
      variant: degraded ? "DEGRADED" : "NORMAL",
      metadata: own,
    });
    const always = constant === undefined ? undefined : answer(constant, "STATIC");
    if (always !== undefined) return () => always;
    const [yes, no] = [answer(true, "TARGETING_MATCH"), answer(false, "DEFAULT")];
    return (context) => (isDegraded(context) ? yes : no);
  };
  return {
    evaluate: joined(rollout, instance, answers(spec), rollout && answers(rollout.candidate)),
    evaluateVariant: undefined,
    flagFor: undefined,
    keys: [],
    requires: [],
  };
}

function compileConfigLever(
  name: string,
  { spec, rollout }: Pick<Resource<"config">, "spec" | "rollout">,
  instance: string | undefined,
  metadata: FlagMetadata,
): CompiledLever {
  const flagOf = ({ format, value }: ConfigSpec): CompiledFlag | undefined =>
    format === "flag" ? compileFlag(name, parseFlag(value ?? "")) : undefined;
  const [stable, candidate] = [flagOf(spec), rollout && flagOf(rollout.candidate)];
  const variantOf = (which: "stable" | "candidate"): { variant?: string } =>
    rollout === undefined ? {} : { variant: which };
  const answers = (
    of: ConfigSpec,
    flag: CompiledFlag | undefined,
    which: "stable" | "candidate",
  ): Compiled => {
    if (flag !== undefined) {
      const answerOf = flagAnswers(flag, metadata, (decision) => (decision.enabled ? flag.on : flag.off));
      return (context, around) => answerOf(flag.decide(context, around));
    }
    const parsed = parseConfigValue(of.format, of.value ?? "");
    const value = parsed === null ? undefined : parsed;
    const answer: Evaluation = { value, reason: "STATIC", ...variantOf(which), metadata };
    return () => answer;
  };
  const payloads = (flag: CompiledFlag | undefined): Compiled => {
    if (flag === undefined) return () => ({ value: undefined, reason: "DEFAULT", metadata });
    const answerOf = flagAnswers(flag, metadata, payloadOf);
    return (context, around) => answerOf(flag.decide(context, around));
  };
  const hasVariants = [stable, candidate].some(
    (flag) =>
      (flag?.flag.variants?.length ?? 0) > 0 ||
      flag?.flag.strategies.some(({ variants }) => (variants?.length ?? 0) > 0) === true,
  );
  const leads = compileLead(rollout, instance);
  return {
    evaluate: joined(
      rollout,
      instance,
      answers(spec, stable, "stable"),
      rollout && answers(rollout.candidate, candidate, "candidate"),
    ),
    evaluateVariant: hasVariants
      ? joined(rollout, instance, payloads(stable), rollout && payloads(candidate))
      : undefined,
    flagFor:
      stable === undefined
        ? undefined
        : (context) => {
            const lead = leads(context);
            return "member" in lead && lead.member ? (candidate ?? stable) : stable;
          },
    keys: [stable?.flag.key, candidate?.flag.key].filter((key) => key !== undefined),
    requires: [stable, candidate].flatMap((flag) => flag?.flag.requires?.map(({ flag }) => flag) ?? []),
  };
}

/** The answers of a flag, each made once: there is one for each way of deciding and each variant. */
function flagAnswers(
  flag: CompiledFlag,
  metadata: FlagMetadata,
  valueOf: (decision: FlagDecision) => unknown,
): (decision: FlagDecision) => Evaluation {
  const known = new Map<FlagDecision["by"], Map<FlagDecision["variant"], Evaluation>>();
  return (decision) => {
    const { enabled, variant, by } = decision;
    const found = known.get(by)?.get(variant);
    if (found !== undefined) return found;
    const payload = variant?.payload;
    const answer: Evaluation = {
      value: valueOf(decision),
      reason: reasonOf(flag, decision),
      ...(variant === undefined ? {} : { variant: variant.name }),
      metadata: {
        ...metadata,
        enabled,
        ...(by === "requirement" ? { requirement: "not met" } : {}),
        ...(payload === undefined ? {} : { payload: payload.value, payloadType: payload.type }),
      },
    };
    known.set(by, (known.get(by) ?? new Map<FlagDecision["variant"], Evaluation>()).set(variant, answer));
    return answer;
  };
}

function reasonOf({ flag }: CompiledFlag, { enabled, variant, by }: FlagDecision): Reason {
  if (by === "disabled") return "DISABLED";
  if (!enabled) return "DEFAULT";
  if (by === "share" || variant !== undefined) return "SPLIT";
  const plain = flag.strategies[0];
  const always = flag.requires === undefined && (plain?.constraints?.length ?? 0) === 0;
  return always ? "STATIC" : "TARGETING_MATCH";
}

/** A payload as the value that its type says; undefined where there is none, or it can't be read. */
function payloadOf({ variant }: FlagDecision): unknown {
  const payload = variant?.payload;
  if (payload === undefined) return undefined;
  if (payload.type === "number") {
    const number = Number(payload.value);
    return payload.value.trim() === "" || !Number.isFinite(number) ? undefined : number;
  }
  if (payload.type !== "json") return payload.value;
  try {
    return (JSON.parse(payload.value) as unknown) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The stable answer or the candidate's, as the rollout leads. */
function joined(
  rollout: Rollout<unknown> | undefined,
  instance: string | undefined,
  stable: Compiled,
  candidate: Compiled | undefined,
): CompiledLever["evaluate"] {
  if (rollout === undefined || candidate === undefined) return stable;
  const leads = compileLead(rollout, instance);
  return (context, around) => {
    const lead = leads(context);
    if (!("member" in lead)) return lead;
    const answer = (lead.member ? candidate : stable)(context, around);
    return lead.reason === undefined || answer.reason !== "STATIC"
      ? answer
      : { ...answer, reason: lead.reason };
  };
}

function compileLead(rollout: Rollout<unknown> | undefined, instance: string | undefined): Leads {
  if (rollout === undefined || rollout.shareBp <= 0) return () => NOBODY;
  const remote = rollout.stickiness === "instance" && instance === undefined;
  const stickiness = remote ? { contextKey: REMOTE_INSTANCE_FIELD } : rollout.stickiness;
  const isMember = compileMembership({ ...rollout, stickiness }, instance ?? "");
  const key = stickiness === "instance" ? undefined : stickiness.contextKey;
  const matches: Predicate = compileConstraints(rollout.constraints);
  const decided = rollout.shareBp < WHOLE_BP ? "SPLIT" : "TARGETING_MATCH";
  return (context) => {
    if (!matches(context)) return { member: false, reason: "DEFAULT" };
    if (key !== undefined && context !== undefined && (context[key] === undefined || context[key] === "")) {
      if (key !== "targetingKey") return { member: false, reason: "DEFAULT" };
      return {
        errorCode: "TARGETING_KEY_MISSING",
        errorDetails: "this lever is rolled out by targetingKey: give one in the context",
      };
    }
    return { member: isMember(context), reason: decided };
  };
}

import type { Constraint, FlagStrategy, FlagVariant } from "@leverframe/agent/protocol";
import { type Translated, translateConstraint } from "./constraint.ts";
import type { UnleashState, UnleashStrategy, UnleashVariant } from "./schema.ts";

/** A strategy of ours; undefined where it lets nobody in. `notes` say what is not as its author may think. */
export interface TranslatedStrategy {
  readonly strategy: FlagStrategy | undefined;
  readonly notes: readonly string[];
}

/** What a strategy's own parameters ask, beside its constraints. */
interface Own {
  readonly constraints: readonly Translated[];
  readonly rollout?: NonNullable<FlagStrategy["rollout"]>;
}

/** Translates one strategy with its segments. Pure. */
export function translateStrategy(
  given: UnleashStrategy,
  segments: UnleashState["segments"],
): TranslatedStrategy {
  const own = ownOf(given);
  if (own === undefined) {
    return { strategy: undefined, notes: [`strategy ${given.name}: no built-in one, so it lets nobody in`] };
  }
  const missing = given.segments?.filter((id) => segments.get(id) === undefined) ?? [];
  if (missing.length > 0) {
    const why = `strategy ${given.name}: segment ${missing.join(", ")} is not in the file, so it lets nobody in`;
    return { strategy: undefined, notes: [why] };
  }
  const ofSegments = given.segments?.flatMap((id) => segments.get(id) ?? []) ?? [];
  const translated = [
    ...own.constraints,
    ...[...(given.constraints ?? []), ...ofSegments].map(translateConstraint),
  ];
  const notes = translated.flatMap((each) =>
    "why" in each ? [`${each.why}, so it ${each.always ? "always" : "never"} holds`] : [],
  );
  if (translated.some((each) => "why" in each && !each.always)) return { strategy: undefined, notes };
  const constraints = translated.filter((each): each is Constraint => !("why" in each));
  return {
    notes,
    strategy: {
      ...(constraints.length === 0 ? {} : { constraints }),
      ...(own.rollout === undefined ? {} : { rollout: own.rollout }),
      ...(given.variants === undefined || given.variants.length === 0
        ? {}
        : { variants: given.variants.map(translateVariant) }),
    },
  };
}

function ownOf({ name, parameters = {} }: UnleashStrategy): Own | undefined {
  const text = (parameter: string, otherwise = ""): string => {
    const value = parameters[parameter];
    return typeof value === "string" || typeof value === "number" ? String(value) : otherwise;
  };
  const list = (parameter: string): string[] =>
    text(parameter)
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
  const share = (parameter: string, stickiness: string): Own => ({
    constraints: [],
    rollout: { shareBp: wholePercentBp(text(parameter)), stickiness, salt: text("groupId") },
  });
  switch (name) {
    case "default":
      return { constraints: [] };
    case "userWithId":
      return {
        constraints: [
          translateConstraint({ ...NONE, contextName: "userId", operator: "IN", values: list("userIds") }),
        ],
      };
    case "remoteAddress":
      return {
        constraints: [
          translateConstraint({
            ...NONE,
            contextName: "remoteAddress",
            operator: "IN_CIDR",
            values: list("IPs"),
          }),
        ],
      };
    case "applicationHostname":
      return { constraints: [hostnames(list("hostNames"))] };
    case "flexibleRollout":
      return share("rollout", text("stickiness", "default"));
    case "gradualRolloutUserId":
      return share("percentage", "userId");
    case "gradualRolloutSessionId":
      return share("percentage", "sessionId");
    case "gradualRolloutRandom":
      return share("percentage", "random");
    default:
      return undefined;
  }
}

const NONE = { value: undefined, inverted: undefined, caseInsensitive: undefined } as const;

/** IN regards case; names of hosts don't. */
function hostnames(names: readonly string[]): Translated {
  if (names.length === 0) return { always: false, why: "hostname IN: it compares with nothing" };
  const escaped = names.map((name) => name.replace(/[^A-Za-z0-9_-]/g, "\\$&"));
  return {
    contextName: "hostname",
    operator: "REGEX",
    values: [`^(?:${escaped.join("|")})$`],
    caseInsensitive: true,
  };
}

/** Unleash's buckets are whole percents: what stands behind the point lets nobody more in. */
function wholePercentBp(percent: string): number {
  const whole = Math.floor(Number(percent));
  return Number.isFinite(whole) ? Math.min(100, Math.max(0, whole)) * 100 : 0;
}

export function translateVariant(given: UnleashVariant): FlagVariant {
  const { name, weight, payload, stickiness, overrides } = given;
  return {
    name,
    weight,
    ...(payload === undefined ? {} : { payload }),
    ...(stickiness === undefined ? {} : { stickiness }),
    ...(overrides === undefined || overrides.length === 0
      ? {}
      : { overrides: overrides.map(({ contextName, values }) => ({ contextName, values: values ?? [] })) }),
  };
}

import { type Constraint, OPERATORS, type Operator, takesOneValue } from "@leverframe/agent/protocol";
import { compileConstraints } from "@leverframe/agent/rules";
import type { UnleashConstraint } from "./schema.ts";

/** A constraint of ours, or what it always comes to, with why. */
export type Translated = Constraint | { readonly always: boolean; readonly why: string };

const known: ReadonlySet<string> = new Set(OPERATORS);
/** Of Unleash's; Leverframe's own `CIDR` is no operator of theirs. */
const operatorOf = (operator: string): Operator | undefined => {
  if (operator === "IN_CIDR") return "CIDR";
  return known.has(operator) && operator !== "CIDR" ? (operator as Operator) : undefined;
};

/** As Unleash's clients take versions: no leading v. */
const STRICT_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/**
 * Translates a constraint to one of ours that decides alike. What Unleash's clients can't read never holds there (an
 * operator they don't know not even inverted): that is known beforehand, and said. Pure.
 */
export function translateConstraint(given: UnleashConstraint): Translated {
  const { inverted = false } = given;
  // Its clients look at the time alone, whatever field a date is asked of.
  const contextName = given.operator.startsWith("DATE_") ? "currentTime" : given.contextName;
  const shown = `${contextName} ${given.operator}`;
  const operator = operatorOf(given.operator);
  if (operator === undefined) return { always: false, why: `${shown}: no client knows this operator` };
  const settled = (holds: boolean, why: string): Translated => ({
    always: holds !== inverted,
    why: `${shown}: ${why}`,
  });
  const values = valuesOf(operator, given);
  if (values.length === 0) {
    return settled(operator === "NOT_IN", "it compares with nothing");
  }
  if (operator.startsWith("SEMVER_") && !STRICT_VERSION.test(values[0] ?? "")) {
    return settled(false, `"${values[0]}" is not a version`);
  }
  const readable =
    operator === "CIDR"
      ? values.filter((value) => isReadable({ contextName, operator, values: [value] }))
      : values;
  const constraint: Constraint = {
    contextName,
    operator,
    values: [...readable],
    ...(inverted ? { inverted } : {}),
    ...(given.caseInsensitive === true ? { caseInsensitive: true } : {}),
  };
  if (readable.length === 0 || !isReadable(constraint)) return settled(false, "no client can read its value");
  return constraint;
}

function valuesOf(operator: Operator, { values, value }: UnleashConstraint): readonly string[] {
  if (takesOneValue(operator) || operator === "REGEX") {
    const only = [value, ...(values ?? [])].find((each) => each !== undefined && each !== "");
    return only === undefined ? [] : [only];
  }
  return (values ?? []).map((each) => each.trim()).filter((each) => each !== "");
}

function isReadable(constraint: Constraint): boolean {
  try {
    compileConstraints([constraint]);
    return true;
  } catch {
    return false;
  }
}

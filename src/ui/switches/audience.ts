import { type Constraint, OPERATORS, type Operator, takesOneValue } from "@leverframe/agent/protocol";

/** A constraint as it is typed: its values one a line. Plain JSON. */
export interface TypedConstraint {
  readonly contextName: string;
  readonly operator: Operator;
  readonly values: string;
  readonly inverted: boolean;
  readonly caseInsensitive: boolean;
}

export const BLANK_CONSTRAINT: TypedConstraint = {
  contextName: "",
  operator: "IN",
  values: "",
  inverted: false,
  caseInsensitive: false,
};

export const MOST_CONSTRAINTS = 20;

/** What operators compare. */
const GROUPS = ["list", "text", "number", "date", "version", "pattern", "network"] as const;
export type OperatorGroup = (typeof GROUPS)[number];

/** What an operator compares. */
export function groupOf(operator: Operator): OperatorGroup {
  if (operator.startsWith("STR_")) return "text";
  if (operator.startsWith("NUM_")) return "number";
  if (operator.startsWith("DATE_")) return "date";
  if (operator.startsWith("SEMVER_")) return "version";
  if (operator === "REGEX") return "pattern";
  return operator === "CIDR" ? "network" : "list";
}

/** Operators by what they compare, in the order of the protocol. */
export const OPERATOR_GROUPS = GROUPS.map((group) => ({
  group,
  operators: OPERATORS.filter((operator) => groupOf(operator) === group),
}));

/** Whether upper and lower case can be told to be the same. */
export const knowsCase = (operator: Operator): boolean =>
  groupOf(operator) === "text" || groupOf(operator) === "pattern";

const valuesOf = ({ operator, values }: TypedConstraint): string[] => {
  if (takesOneValue(operator)) return values.trim() === "" ? [] : [values.trim()];
  return values
    .split("\n")
    .map((value) => value.trim())
    .filter((value) => value !== "");
};

/** The constraint that was typed, valid or not. */
export const constraintOf = (typed: TypedConstraint): Constraint => ({
  contextName: typed.contextName.trim(),
  operator: typed.operator,
  values: valuesOf(typed),
  ...(typed.inverted ? { inverted: true } : {}),
  ...(typed.caseInsensitive && knowsCase(typed.operator) ? { caseInsensitive: true } : {}),
});

/** A constraint as it is shown for typing. */
export const typedOf = (constraint: Constraint): TypedConstraint => ({
  contextName: constraint.contextName,
  operator: constraint.operator,
  values: constraint.values.join("\n"),
  inverted: constraint.inverted ?? false,
  caseInsensitive: constraint.caseInsensitive ?? false,
});

/** What an audience becomes: none at all where no constraint is left. */
export const audienceOf = (typed: readonly TypedConstraint[]): Constraint[] | undefined =>
  typed.length === 0 ? undefined : typed.map(constraintOf);

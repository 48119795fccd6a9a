import type { Constraint } from "@leverframe/agent/protocol";
import { takesOneValue } from "@leverframe/agent/protocol";
import { compileConstraints } from "@leverframe/agent/rules";
import { groupOf, type OperatorGroup } from "./audience.ts";

/** What is wrong with one constraint, at which of its fields. */
export type ConstraintFault =
  | { readonly field: "contextName"; readonly what: "name" }
  | { readonly field: "values"; readonly what: "empty" | "one" | "long" | "many" | OperatorGroup };

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
const LONGEST_VALUE = 256;
const MOST_VALUES = 1_000;

/** One entry a constraint; undefined for a good one. Judged by the functions that agents decide with. Pure. */
export const faultsIn = (audience: readonly Constraint[]): readonly (ConstraintFault | undefined)[] =>
  audience.map(faultOf);

function faultOf(constraint: Constraint): ConstraintFault | undefined {
  const { contextName, operator, values } = constraint;
  if (!NAME.test(contextName)) return { field: "contextName", what: "name" };
  if (values.length === 0) return { field: "values", what: "empty" };
  if (values.length > MOST_VALUES) return { field: "values", what: "many" };
  if (takesOneValue(operator) && values.length > 1) return { field: "values", what: "one" };
  if (values.some((value) => value.length > LONGEST_VALUE)) return { field: "values", what: "long" };
  try {
    compileConstraints([constraint]);
    return undefined;
  } catch {
    return { field: "values", what: groupOf(operator) };
  }
}

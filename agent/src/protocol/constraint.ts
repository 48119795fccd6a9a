import * as z from "zod";
import type { Objects } from "./objects.ts";

/** Operators over one field of the context; names as in Unleash's client specification, and REGEX and CIDR. */
export const OPERATORS = [
  "IN",
  "NOT_IN",
  "STR_CONTAINS",
  "STR_STARTS_WITH",
  "STR_ENDS_WITH",
  "NUM_EQ",
  "NUM_GT",
  "NUM_GTE",
  "NUM_LT",
  "NUM_LTE",
  "DATE_BEFORE",
  "DATE_AFTER",
  "SEMVER_EQ",
  "SEMVER_GT",
  "SEMVER_GTE",
  "SEMVER_LT",
  "SEMVER_LTE",
  "REGEX",
  "CIDR",
] as const;

export type Operator = (typeof OPERATORS)[number];

const SINGLE = /^(NUM|DATE|SEMVER)_/;

/** Whether the operator compares with exactly one value. */
export const takesOneValue = (operator: Operator): boolean => SINGLE.test(operator);

export const constraintSchema = ({ object }: Objects) =>
  object({
    contextName: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/, { error: "must be 1 to 63 of A-Z, a-z, 0-9, '.', '_' and -" }),
    operator: z.enum(OPERATORS, { error: `must be one of ${OPERATORS.join(", ")}` }),
    values: z.array(z.string().max(256)).min(1, { error: "must hold at least one value" }).max(1000),
    inverted: z.boolean().optional(),
    caseInsensitive: z.boolean().optional(),
  }).superRefine((constraint, context) => {
    if (takesOneValue(constraint.operator) && constraint.values.length !== 1) {
      context.addIssue({
        code: "custom",
        path: ["values"],
        message: `${constraint.operator} compares with exactly one value, not ${constraint.values.length}`,
      });
    }
  });

export type Constraint = z.infer<ReturnType<typeof constraintSchema>>;

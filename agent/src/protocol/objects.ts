import * as z from "zod";

/**
 * The console refuses a field that it does not know, an agent passes over it: so that a typing error is caught
 * where it is made, and an old agent outlives a new console. Every wire schema is written once, over this.
 */
export interface Objects {
  readonly object: <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.ZodObject<Shape>;
}

/** Unknown fields are an error that names them. */
export const strict: Objects = {
  // The two differ only in what they do with unknown keys; one static type serves both.
  object: (shape) => z.strictObject(shape),
};

/** Unknown fields are dropped. */
export const lenient: Objects = { object: (shape) => z.object(shape) };

/** `spec.slidingWindowSize: must be at least 1; spec.mode: …` in one line, for people. */
export function describeIssues(error: z.core.$ZodError, root = ""): string {
  return error.issues
    .map((issue) => {
      const path = [root, ...issue.path.map(String)].filter((part) => part !== "").join(".");
      return path === "" ? issue.message : `${path}: ${issue.message}`;
    })
    .join("; ");
}

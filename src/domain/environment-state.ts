import {
  describeIssues,
  type Head,
  headSchema,
  type Instance,
  instanceSchema,
  type Kind,
  parseResourceLenient,
  type Receipt,
  type Resource,
  receiptSchema,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import { parseOnce, type StoredEntry } from "./stored-entry.ts";

/**
 * An environment as etcd holds it at a moment. A server reads it from mirrors, `--direct` from one listing at one
 * revision; whatever is shown or decided is computed from this alone, so that a restart forgets nothing.
 */
export interface EnvironmentState {
  readonly env: string;
  readonly revision: number;
  /** By full key: `live/`, heads included. */
  readonly live: ReadonlyMap<string, StoredEntry>;
  readonly registry: ReadonlyMap<string, StoredEntry>;
  readonly receipts: ReadonlyMap<string, StoredEntry>;
  /** Plain registrations under `/services/`, where they are mapped to this environment. */
  readonly foreign: ReadonlyMap<string, StoredEntry>;
}

const checked =
  <T>(schema: z.ZodType<T>) =>
  (entry: StoredEntry): T => {
    const result = schema.safeParse(JSON.parse(entry.value.toString()));
    if (!result.success) throw new Error(describeIssues(result.error));
    return result.data;
  };

export const readHead = parseOnce<Head>(checked(headSchema));
export const readInstance = parseOnce<Instance>(checked(instanceSchema));
export const readReceipt = parseOnce<Receipt>(checked(receiptSchema));

const resourceReaders = new Map<Kind, ReturnType<typeof parseOnce<Resource>>>();

/** Reads a lever's stored body as agents do; what an agent would hold is a fault here. */
export function readResource(
  kind: Kind,
  entry: StoredEntry,
): ReturnType<ReturnType<typeof parseOnce<Resource>>> {
  let reader = resourceReaders.get(kind);
  if (reader === undefined) {
    reader = parseOnce<Resource>((stored) => {
      try {
        return parseResourceLenient(kind, JSON.parse(stored.value.toString()));
      } catch (error) {
        throw error instanceof z.ZodError ? new Error(describeIssues(error)) : error;
      }
    });
    resourceReaders.set(kind, reader);
  }
  return reader(entry);
}

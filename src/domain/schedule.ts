import { authorSchema } from "@leverframe/agent/protocol";
import * as z from "zod";
import { type ChangeSetRequest, changeSetRequest } from "./change-set-request.ts";

/** A change set that waits for its time, as it stands in etcd. Read leniently; written by us alone. */
export const storedSchedule = z.object({
  schema: z.literal(1),
  at: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  author: authorSchema,
  request: changeSetRequest,
  /** Why it did not happen: it is then not tried again, and waits to be withdrawn. */
  failure: z.object({ at: z.iso.datetime(), code: z.string(), message: z.string() }).optional(),
});
export type StoredSchedule = z.infer<typeof storedSchedule>;

/** One that waits, or that failed. */
export interface Schedule {
  readonly env: string;
  readonly id: string;
  readonly at: string;
  readonly createdAt: string;
  readonly request: ChangeSetRequest;
  readonly failure?: StoredSchedule["failure"];
  readonly modRevision: number;
}

/** Longer ahead than this is more likely a typing error. */
export const LONGEST_AHEAD_MS = 366 * 24 * 3_600_000;
/** How many may wait in an environment. */
export const MOST_SCHEDULES = 1_000;
/** Later than this after its time, whatever did not happen is called overdue. */
export const OVERDUE_AFTER_MS = 2_000;

import type { Fence } from "../../domain/change-set.ts";
import type { Schedule, StoredSchedule } from "../../domain/schedule.ts";

/** Schedules in etcd, followed. Every write has a deadline. */
export interface ScheduleStore {
  /** From memory, by time. */
  list(env: string): readonly Schedule[];
  /** False where one of that id stands already. */
  create(env: string, id: string, schedule: StoredSchedule): Promise<boolean>;
  /** Takes one away if it is still as seen. */
  remove(schedule: Schedule): Promise<boolean>;
  /** Notes why it did not happen, in the leader's name, if it is still as seen. */
  fail(schedule: Schedule, failure: NonNullable<StoredSchedule["failure"]>, fence: Fence): Promise<boolean>;
  /** The key, to be consumed by the change set itself. */
  keyOf(schedule: Schedule): string;
}

import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import { validate } from "../../domain/change-set-request.ts";
import { DomainError } from "../../domain/errors.ts";
import { LONGEST_AHEAD_MS, MOST_SCHEDULES, type Schedule } from "../../domain/schedule.ts";
import type { DryRun } from "../publish/publish-service.ts";
import type { ScheduleStore } from "./schedule-store.ts";

export interface ScheduleOptions {
  readonly store: ScheduleStore;
  /** Closes secrets: what waits in etcd must hold none in the clear. */
  readonly seal: (request: ChangeSetRequest) => ChangeSetRequest;
  readonly dryRun: (request: ChangeSetRequest) => Promise<DryRun>;
  readonly now: () => Date;
}

export interface Scheduled extends DryRun {
  readonly at: string;
}

/**
 * Takes change sets for later. They are checked now and once more at their time: if a lever was changed in between, or
 * the interlock refuses by then, nothing is written, and the schedule says so.
 */
export function createScheduleService({ store, seal, dryRun, now }: ScheduleOptions) {
  return {
    list: (env: string): readonly Schedule[] => store.list(env),

    /** Throws INVALID for a time that is over or more than a year ahead, and whatever a publish would throw now. */
    async create(at: string, asked: ChangeSetRequest): Promise<Scheduled> {
      const request = seal(asked);
      const { author, ...rest } = validate(request);
      const aheadMs = Date.parse(at) - now().getTime();
      if (!(aheadMs > 0)) throw new DomainError("INVALID", "at is over already: give a time to come.");
      if (aheadMs > LONGEST_AHEAD_MS) throw new DomainError("INVALID", "at is more than a year ahead.");
      if (store.list(request.env).length >= MOST_SCHEDULES) {
        throw new DomainError(
          "RATE_LIMITED",
          `${MOST_SCHEDULES} change sets wait in ${request.env} already: withdraw some (leverframe schedule cancel).`,
        );
      }
      const preview = await dryRun(request);
      const made = await store.create(request.env, request.id, {
        schema: 1,
        at: new Date(at).toISOString(),
        createdAt: now().toISOString(),
        author,
        request: rest,
      });
      if (!made) throw new DomainError("REUSED_ID", `${request.id} is scheduled already. Make a new id.`);
      return { ...preview, at };
    },

    /** Throws NOT_FOUND for one that is not waiting (any more). */
    async cancel(env: string, id: string): Promise<Schedule> {
      const found = store.list(env).find((one) => one.id === id);
      if (found === undefined || !(await store.remove(found))) {
        throw new DomainError(
          "NOT_FOUND",
          `${id} does not wait in ${env}: it was published or withdrawn. See leverframe schedule list.`,
        );
      }
      return found;
    },
  };
}

export type ScheduleService = ReturnType<typeof createScheduleService>;

import { type Etcd, EtcdError, Mirror } from "@leverframe/agent/etcd";
import { scheduleKey, schedulesRoot } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";
import { type Schedule, storedSchedule } from "../../domain/schedule.ts";
import { parseOnce } from "../../domain/stored-entry.ts";
import type { ScheduleStore } from "../../features/automation/schedule-store.ts";
import type { Log } from "../log.ts";

const read = parseOnce((entry) => storedSchedule.parse(JSON.parse(entry.value.toString())));

/** Follows the schedules of each environment that is asked for, in its own etcd. */
export function openScheduleStore(
  etcdOf: (env: string) => Etcd,
  log: Log,
): ScheduleStore & { close(): Promise<void> } {
  const mirrors = new Map<string, Mirror>();
  const mirrorOf = (env: string): Mirror => {
    const known = mirrors.get(env);
    if (known !== undefined) return known;
    const mirror = new Mirror({
      etcd: etcdOf(env),
      prefix: schedulesRoot(env),
      name: `${env}/schedules`,
      check: { kind: "newest" },
      onBatch: () => undefined,
      onError: (error) => log.error({ err: error, env }, "the follower of schedules failed"),
    });
    mirrors.set(env, mirror);
    mirror.start();
    return mirror;
  };
  const answered = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      throw new DomainError("UNAVAILABLE", "etcd can't be reached: nothing was scheduled or withdrawn.", {
        cause: error,
      });
    }
  };
  return {
    list(env) {
      const rows: Schedule[] = [];
      for (const entry of mirrorOf(env).entries.values()) {
        const stored = read(entry);
        if (!stored.ok) continue;
        const { at, createdAt, author, request, failure } = stored.value;
        rows.push({
          env,
          id: request.id,
          at,
          createdAt,
          request: { ...request, author },
          ...(failure === undefined ? {} : { failure }),
          modRevision: entry.modRevision,
        });
      }
      return rows.sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    create: (env, id, schedule) =>
      answered(async () => {
        const key = scheduleKey(env, id);
        const { succeeded } = await etcdOf(env).txn({
          compare: [{ key, target: "create", equals: 0 }],
          success: [{ put: key, value: JSON.stringify(schedule) }],
        });
        return succeeded;
      }),
    remove: (schedule) =>
      answered(async () => {
        const key = scheduleKey(schedule.env, schedule.id);
        const { succeeded } = await etcdOf(schedule.env).txn({
          compare: [{ key, target: "mod", equals: schedule.modRevision }],
          success: [{ delete: key }],
        });
        return succeeded;
      }),
    fail: (schedule, failure, fence) =>
      answered(async () => {
        const key = scheduleKey(schedule.env, schedule.id);
        const { author, ...request } = schedule.request;
        const { at, createdAt } = schedule;
        const { succeeded } = await etcdOf(schedule.env).txn({
          compare: [
            { key, target: "mod", equals: schedule.modRevision },
            { key: fence.key, target: "create", equals: fence.createRevision },
          ],
          success: [
            { put: key, value: JSON.stringify({ schema: 1, at, createdAt, author, request, failure }) },
          ],
        });
        return succeeded;
      }),
    keyOf: (schedule) => scheduleKey(schedule.env, schedule.id),
    async close() {
      await Promise.all([...mirrors.values()].map((mirror) => mirror.close()));
    },
  };
}

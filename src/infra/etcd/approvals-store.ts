import { type Etcd, EtcdError } from "@leverframe/agent/etcd";
import { approvalKey, approvalsRoot, journalKey } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";
import {
  type Approval,
  type ApprovalStore,
  approvalSchema,
} from "../../features/approvals/approval-record.ts";
import { readRecord } from "./access-index.ts";

/** Records may be large: few a page. */
const PAGE = 16;

/** Approvals, each in its environment's own etcd, so that one transaction can publish and take away. */
export function createApprovalStore(etcdOf: (env: string) => Etcd): ApprovalStore {
  const read = (env: string, entry: { key: string; value: Buffer; modRevision: number }): Approval[] => {
    const record = approvalSchema.safeParse(readRecord(entry.value));
    const id = entry.key.slice(approvalsRoot(env).length);
    return record.success
      ? [{ ...record.data, env, id, key: entry.key, modRevision: entry.modRevision }]
      : [];
  };
  const answered = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      throw new DomainError("UNAVAILABLE", "etcd can't be reached: nothing was proposed or decided.", {
        cause: error,
      });
    }
  };
  return {
    get: (env, id) =>
      answered(async () => {
        const found = await etcdOf(env).get(approvalKey(env, id));
        return found === undefined ? undefined : read(env, found)[0];
      }),
    list: (env) =>
      answered(async () => {
        const rows: Approval[] = [];
        const prefix = approvalsRoot(env);
        let from: string | undefined;
        for (;;) {
          const page = await etcdOf(env).range({
            prefix,
            limit: PAGE,
            ...(from === undefined ? {} : { from }),
          });
          for (const entry of page.kvs) rows.push(...read(env, entry));
          const last = page.kvs.at(-1);
          if (!page.more || last === undefined) return rows.sort((a, b) => a.at.localeCompare(b.at));
          from = `${last.key}\0`;
        }
      }),
    count: (env) =>
      answered(async () => (await etcdOf(env).range({ prefix: approvalsRoot(env), countOnly: true })).count),
    add: (env, id, record, guard) =>
      answered(async () => {
        const key = approvalKey(env, id);
        const { succeeded } = await etcdOf(env).txn({
          compare: [
            { key, target: "create", equals: 0 },
            ...(guard?.fence === undefined
              ? []
              : [{ key: guard.fence.key, target: "create" as const, equals: guard.fence.createRevision }]),
            ...[...(guard?.expects ?? [])].map(([expected, equals]) => ({
              key: expected,
              target: "mod" as const,
              equals,
            })),
          ],
          success: [
            { put: key, value: JSON.stringify(record) },
            ...(guard?.consumes ?? []).map((consumed) => ({ delete: consumed })),
          ],
        });
        return succeeded;
      }),
    remove: (approval) =>
      answered(async () => {
        const { succeeded } = await etcdOf(approval.env).txn({
          compare: [{ key: approval.key, target: "mod", equals: approval.modRevision }],
          success: [{ delete: approval.key }],
        });
        return succeeded;
      }),
    published: (env, id) =>
      answered(
        async () => (await etcdOf(env).range({ key: journalKey(env, id), countOnly: true })).count > 0,
      ),
  };
}

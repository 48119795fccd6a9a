import type { Etcd, KeyValue, Operation } from "@leverframe/agent/etcd";
import { EtcdError } from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  formatRef,
  headKey,
  journalKey,
  journalSchema,
  liveKey,
  livePrefix,
  type ResourceRef,
  receiptsPrefix,
  receiptsRoot,
  registryPrefix,
  registryRoot,
} from "@leverframe/agent/protocol";
import type { PlannedChangeSet, PublishView } from "../../domain/change-set.ts";
import { readHead } from "../../domain/environment-state.ts";
import type { InterlockView } from "../../domain/interlock-view.ts";
import type { CommitOutcome, PublishStore } from "../../features/publish/publish-store.ts";
import { loadSettings } from "./environment-settings-store.ts";
import { interlockViewOnce } from "./interlock-view.ts";
import { readEnvironmentState } from "./read-environment.ts";

/** Gives the present from memory, where it is known to be fresh. */
export type RememberedView = (env: string) => PublishView | undefined;

const READS_PER_TRANSACTION = 100;
/**
 * One attempt's deadline. Short, since repeating is harmless: a member whose leader died keeps a request until its
 * deadline, though there is a new leader after a second.
 */
const COMMIT_MS = 1_200;

/**
 * Publishes to one environment's etcd. `etcdOf` throws a `DomainError` for an environment that is not known; `home`
 * keeps the environments' settings, where that is another etcd.
 */
export function createPublishStore(
  etcdOf: (env: string) => Etcd,
  remembered: RememberedView = () => undefined,
  home?: Etcd,
): PublishStore {
  return {
    async view(env, refs, look) {
      const known = look === "whole" ? undefined : remembered(env);
      if (look === "remembered" && known !== undefined) return known;
      const etcd = etcdOf(env);
      const edited = await readView(etcd, env, refs);
      // A memory that does not know the edited levers as they stand is behind: nothing is judged by it.
      const interlock =
        known !== undefined && knows(known, edited, refs)
          ? known.interlock
          : await readInterlock(etcd, env, home ?? etcd);
      return { ...edited, interlock };
    },
    commit: (plan) => commit(etcdOf(plan.env), plan),
    async journal(env, id) {
      const entry = await etcdOf(env).get(journalKey(env, id));
      return (
        entry && {
          journal: journalSchema.parse(JSON.parse(entry.value.toString())),
          revision: entry.modRevision,
        }
      );
    },
    async at(env, ref, revision) {
      const { kvs } = await etcdOf(env).range({ key: liveKey(env, ref), revision });
      return kvs[0];
    },
    outcomeUnknown: (error) => error instanceof EtcdError && error.unknownOutcome,
    unavailable: (error) =>
      error instanceof EtcdError && (error.code === "UNAVAILABLE" || error.code === "DEADLINE"),
  };
}

async function commit(etcd: Etcd, plan: PlannedChangeSet): Promise<CommitOutcome> {
  const journal = journalKey(plan.env, plan.id);
  const keys = [...plan.expected.keys()];
  const result = await etcd.txn({
    deadlineMs: COMMIT_MS,
    compare: [
      { key: journal, target: "create", equals: 0 },
      ...[...plan.expected].map(([key, equals]) => ({ key, target: "mod" as const, equals })),
      ...(plan.fence === undefined
        ? []
        : [{ key: plan.fence.key, target: "create" as const, equals: plan.fence.createRevision }]),
    ],
    success: plan.writes.map((write): Operation => write),
    failure: [
      { range: { key: journal } },
      ...keys.map((key): Operation => ({ range: { key, keysOnly: true } })),
      ...(plan.fence === undefined ? [] : [{ range: { key: plan.fence.key, keysOnly: true } }]),
    ],
  });
  if (result.succeeded) return { outcome: "committed", revision: result.revision };
  const [ours, ...standing] = result.ranges;
  const written = ours?.kvs[0];
  if (written !== undefined) {
    return {
      outcome: "already",
      revision: written.modRevision,
      journal: journalSchema.parse(JSON.parse(written.value.toString())),
    };
  }
  const leader = standing[keys.length]?.kvs[0];
  if (plan.fence !== undefined && leader?.createRevision !== plan.fence.createRevision) {
    return { outcome: "deposed" };
  }
  return {
    outcome: "changed",
    standing: new Map(keys.map((key, index) => [key, standing[index]?.kvs[0]?.modRevision ?? 0])),
  };
}

const knows = (
  known: PublishView,
  fresh: Pick<PublishView, "current">,
  refs: readonly ResourceRef[],
): boolean => refs.every((ref) => known.current(ref)?.modRevision === fresh.current(ref)?.modRevision);

async function readInterlock(etcd: Etcd, env: string, home: Etcd): Promise<InterlockView> {
  const [state, settings] = await Promise.all([readEnvironmentState(etcd, env), loadSettings(home, env)]);
  return interlockViewOnce(state, settings);
}

/** Reads what a plan needs of the edited levers, in as few transactions as etcd's limit allows; the commit's compare proves it. */
async function readView(
  etcd: Etcd,
  env: string,
  refs: readonly ResourceRef[],
): Promise<Omit<PublishView, "interlock">> {
  const scopes = [...new Set([...refs.map((ref) => ref.service), EVERY_SERVICE])];
  const reads: { name: string; operation: Operation }[] = [
    ...refs.map((ref) => ({ name: formatRef(ref), operation: { range: { key: liveKey(env, ref) } } })),
    ...scopes.flatMap((scope) => [
      { name: `head ${scope}`, operation: { range: { key: headKey(env, scope) } } },
      { name: `keys ${scope}`, operation: { range: { prefix: livePrefix(env, scope), countOnly: true } } },
      {
        name: `instances ${scope}`,
        operation: {
          range: {
            prefix: scope === EVERY_SERVICE ? registryRoot(env) : registryPrefix(env, scope),
            countOnly: true,
          },
        },
      },
      {
        name: `targets ${scope}`,
        operation: {
          range: {
            prefix: scope === EVERY_SERVICE ? receiptsRoot(env) : receiptsPrefix(env, scope),
            countOnly: true,
          },
        },
      },
    ]),
  ];
  const found = new Map<string, { first: KeyValue | undefined; count: number }>();
  for (let from = 0; from < reads.length; from += READS_PER_TRANSACTION) {
    const page = reads.slice(from, from + READS_PER_TRANSACTION);
    const { ranges } = await etcd.txn({ compare: [], success: page.map((read) => read.operation) });
    for (const [index, read] of page.entries()) {
      found.set(read.name, { first: ranges[index]?.kvs[0], count: ranges[index]?.count ?? 0 });
    }
  }
  const count = (name: string): number => found.get(name)?.count ?? 0;
  return {
    current: (ref) => found.get(formatRef(ref))?.first,
    head(scope) {
      const entry = found.get(`head ${scope}`)?.first;
      const head = entry && readHead(entry);
      return entry && head?.ok === true ? { head: head.value, modRevision: entry.modRevision } : undefined;
    },
    keyCount: (scope) => Math.max(0, count(`keys ${scope}`) - count(`head ${scope}`)),
    liveInstances: (scope) => count(`instances ${scope}`),
    targetCount: (scope) => count(`targets ${scope}`),
  };
}

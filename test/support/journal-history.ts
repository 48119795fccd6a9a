import type { Etcd } from "@leverframe/agent/etcd";
import {
  formatRef,
  type Journal,
  journalRoot,
  journalSchema,
  type ResourceRef,
} from "@leverframe/agent/protocol";
import type {
  HistoryEntry,
  HistoryReader,
  Moment,
  ResourceVersion,
} from "../../src/features/history/history-reader.ts";

/** A history filled from the journals in etcd as they are read: complete at every moment, with nothing between. */
export function journalHistory(etcd: Etcd, epoch: string): HistoryReader {
  async function entries(env: string): Promise<HistoryEntry[]> {
    const found: HistoryEntry[] = [];
    let from: string | undefined;
    for (;;) {
      const page = await etcd.range({
        prefix: journalRoot(env),
        limit: 200,
        ...(from === undefined ? {} : { from }),
      });
      for (const entry of page.kvs) {
        const journal: Journal = journalSchema.parse(JSON.parse(entry.value.toString()));
        found.push({ env, epoch, revision: entry.modRevision, journal });
      }
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) break;
      from = `${last.key}\0`;
    }
    return found.toSorted((a, b) => a.revision - b.revision);
  }
  async function versions(env: string): Promise<ResourceVersion[]> {
    return (await entries(env)).flatMap(({ revision, journal }) =>
      journal.edits.map((edit): ResourceVersion => {
        const body = edit.body as Record<string, unknown> | undefined;
        const meta = body?.["meta"] as { version?: number } | undefined;
        return {
          env,
          epoch,
          revision,
          service: edit.service,
          kind: edit.kind,
          name: edit.name,
          version: meta?.version ?? 0,
          changeSetId: journal.id,
          op: edit.op,
          body,
          at: journal.at,
          author: journal.author,
          reason: journal.reason,
        };
      }),
    );
  }
  const until = (moment: Moment) => (one: ResourceVersion) =>
    "revision" in moment ? one.revision <= moment.revision : Date.parse(one.at) <= Date.parse(moment.at);
  const of = (ref: ResourceRef) => (one: ResourceVersion) => formatRef(one) === formatRef(ref);
  return {
    changeSet: async (env, id) => (await entries(env)).find(({ journal }) => journal.id === id),
    changeSets: async (env) => ({ rows: (await entries(env)).toReversed(), next: undefined }),
    async mentions(env, terms, limit) {
      const holds = ({ journal }: HistoryEntry) =>
        terms.every((term) => `${journal.reason}\n${journal.author.id}`.toLowerCase().includes(term));
      return (await entries(env)).filter(holds).toReversed().slice(0, limit);
    },
    versions: async (env, ref) => ({
      rows: (await versions(env)).filter(of(ref)).toReversed(),
      next: undefined,
    }),
    versionAt: async (env, ref, moment) => (await versions(env)).filter(of(ref)).findLast(until(moment)),
    async stateAt(env, moment, service) {
      const state = new Map<string, ResourceVersion>();
      for (const one of (await versions(env)).filter(until(moment))) state.set(formatRef(one), one);
      return [...state.values()].filter(
        (one) => one.op === "put" && (service === undefined || one.service === service),
      );
    },
    async position(env) {
      return { epoch, revision: (await entries(env)).at(-1)?.revision ?? 0 };
    },
  };
}

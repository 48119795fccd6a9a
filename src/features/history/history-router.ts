import {
  changeSetId,
  environmentName,
  resourceKind,
  resourceName,
  resourceScope,
} from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "../../domain/errors.ts";
import { guarded, router } from "../../server/trpc.ts";
import type { HistoryReader } from "./history-reader.ts";

/** Where the history of an environment stands. */
export interface HistoryStatus {
  readonly epoch: string;
  /** Complete up to this revision; 0 where SQL does not answer. */
  readonly revision: number;
  /** Whether SQL answers, and why not. */
  readonly sql: { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** Age of the oldest change set that is not in SQL, where this control plane leads; null where another does. */
  readonly delayMs: number | null;
  readonly waiting: number | null;
}

export interface HistoryPort {
  readonly reader: HistoryReader;
  /** Throws NOT_FOUND for an environment that nobody made. */
  known(env: string): void;
  status(env: string): Promise<HistoryStatus>;
}

const viewer = { role: "viewer", on: "environment" } as const;
const cursor = z.string().max(40).optional();
const limit = z.int().min(1).max(200).default(50);
const ref = { service: resourceScope, kind: resourceKind, name: resourceName };
const moment = z.union([
  z.strictObject({ revision: z.int().min(1) }),
  z.strictObject({ at: z.iso.datetime({ offset: true }) }),
]);

/** What SQL remembers of an environment, for whoever may see it. */
export const createHistoryRouter = (history: HistoryPort) =>
  router({
    changeSets: guarded(viewer)
      .input(
        z.strictObject({
          env: environmentName,
          service: resourceScope.optional(),
          kind: resourceKind.optional(),
          name: resourceName.optional(),
          author: z.string().min(1).max(200).optional(),
          groupId: changeSetId.optional(),
          cursor,
          limit,
        }),
      )
      .query(({ input: { env, ...filter } }) => {
        history.known(env);
        return history.reader.changeSets(env, filter);
      }),
    changeSet: guarded(viewer)
      .input(z.strictObject({ env: environmentName, id: changeSetId }))
      .query(async ({ input: { env, id } }) => {
        history.known(env);
        const found = await history.reader.changeSet(env, id);
        if (found === undefined) {
          throw new DomainError(
            "NOT_FOUND",
            `The history of ${env} holds no change set ${id} (yet: history.status tells how far it is).`,
          );
        }
        return found;
      }),
    versions: guarded(viewer)
      .input(z.strictObject({ env: environmentName, ...ref, cursor, limit }))
      .query(({ input: { env, service, kind, name, ...page } }) => {
        history.known(env);
        return history.reader.versions(env, { service, kind, name }, page);
      }),
    versionAt: guarded(viewer)
      .input(z.strictObject({ env: environmentName, ...ref, moment }))
      .query(async ({ input: { env, service, kind, name, moment } }) => {
        history.known(env);
        const found = await history.reader.versionAt(env, { service, kind, name }, moment);
        if (found === undefined) {
          throw new DomainError(
            "NOT_FOUND",
            `The history of ${env} knows nothing of ${service}/${kind}/${name} at that moment.`,
          );
        }
        return found;
      }),
    stateAt: guarded(viewer)
      .input(z.strictObject({ env: environmentName, moment, service: resourceScope.optional() }))
      .query(({ input: { env, moment, service } }) => {
        history.known(env);
        return history.reader.stateAt(env, moment, service);
      }),
    status: guarded(viewer)
      .input(z.strictObject({ env: environmentName }))
      .query(({ input: { env } }) => {
        history.known(env);
        return history.status(env);
      }),
  });

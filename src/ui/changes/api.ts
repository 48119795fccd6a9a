import { client } from "../api/client.ts";
import type { Moment, RestoreInput, UndoInput } from "../api/contract.ts";
import type { LeverRef } from "../api/ref.ts";
import type { ChangeFilter } from "./change-filter.ts";

interface Call {
  readonly signal?: AbortSignal;
}

type Kind = RestoreInput["seen"][number]["kind"];
type Page = { readonly limit: number; readonly cursor?: string | undefined };

interface RestoreTarget {
  readonly env: string;
  readonly service: string | undefined;
  readonly moment: Moment;
  readonly groupId: string;
}

/** What the section of changes asks of the control plane. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const changesApi = {
  /** Newest first. */
  list: (env: string, filter: ChangeFilter, page: Page, call: Call = {}) =>
    client.history.changeSets.query(
      {
        env,
        service: filter.service,
        kind: filter.kind as Kind | undefined,
        name: filter.name,
        author: filter.author,
        groupId: filter.group,
        ...page,
      },
      call,
    ),
  one: (env: string, id: string, call: Call = {}) => client.history.changeSet.query({ env, id }, call),
  position: (env: string, call: Call = {}) => client.history.status.query({ env }, call),
  versionAt: (env: string, ref: LeverRef, moment: Moment, call: Call = {}) =>
    client.history.versionAt.query(
      { env, service: ref.service, kind: ref.kind as Kind, name: ref.name, moment },
      call,
    ),
  /** Every lever in force at a moment. */
  stateAt: (env: string, moment: Moment, call: Call = {}) =>
    client.history.stateAt.query({ env, moment }, call),
  /** Every lever with its last change, of any kind, from etcd alone. */
  standing: (env: string, call: Call = {}) => client.levers.board.query({ env }, call),
  upcoming: (env: string, call: Call = {}) => client.automation.upcoming.query({ env }, call),
  schedules: (env: string, call: Call = {}) => client.automation.list.query({ env }, call),
  withdraw: (env: string, id: string) => client.automation.cancel.mutate({ env, id }),
  undoDry: (input: UndoInput) => client.back.undoDry.mutate(input),
  /** Safe to repeat with the same `id`. */
  undo: (input: UndoInput) => client.back.undo.mutate(input),
  plan: ({ service, ...target }: RestoreTarget) =>
    service === undefined
      ? client.back.planEnvironment.mutate(target)
      : client.back.planService.mutate({ ...target, service }),
  /** Safe to repeat with the same group and the same `seen`: it writes only what is missing. */
  restore: ({ service, ...input }: RestoreInput & { readonly service: string | undefined }) =>
    service === undefined
      ? client.back.restoreEnvironment.mutate(input)
      : client.back.restoreService.mutate({ ...input, service }),
};

import { client } from "../api/client.ts";
import type { Board, ChangeSetInput } from "../api/contract.ts";

/** Names one config in an environment. */
export interface ConfigPlace {
  readonly env: string;
  readonly service: string;
  readonly name: string;
}

interface Call {
  readonly signal?: AbortSignal;
}

interface Rollback extends ConfigPlace {
  readonly id: string;
  readonly reason: string;
  readonly override?: { readonly reason: string };
  readonly revision: number;
  readonly baseRevision: number;
}

const rollbackInput = ({ env, service, name, revision, ...rest }: Rollback) => ({
  ...rest,
  env,
  ref: { service, kind: "config" as const, name },
  to: { revision },
});

/** Versions on one page: each brings its whole body. */
const VERSIONS_AT_ONCE = 20;

/** What the config pages ask of the control plane. Each rejects with a `TRPCClientError`. */
export const configApi = {
  board: (env: string, call: Call = {}): Promise<Board> =>
    client.levers.board.query({ env, kind: "config" }, call),
  /** One config as it stands; undefined where there is none. */
  find: async (place: ConfigPlace, call: Call = {}) =>
    (await client.levers.board.query({ ...place, kind: "config" }, call)).levers[0],
  versions: (place: ConfigPlace, cursor: string | undefined, call: Call = {}) =>
    client.history.versions.query(
      { ...place, kind: "config", limit: VERSIONS_AT_ONCE, ...(cursor === undefined ? {} : { cursor }) },
      call,
    ),
  versionAt: (place: ConfigPlace, revision: number, call: Call = {}) =>
    client.history.versionAt.query({ ...place, kind: "config", moment: { revision } }, call),
  /** Safe to repeat with the same `id`. */
  commit: (input: ChangeSetInput) => client.publish.commit.mutate(input),
  dryRun: (input: ChangeSetInput, call: Call = {}) => client.publish.dryRun.mutate(input, call),
  /** Safe to repeat with the same `id`. */
  rollback: (input: Rollback) => client.back.rollback.mutate(rollbackInput(input)),
  rollbackDry: (input: Rollback, call: Call = {}) =>
    client.back.rollbackDry.mutate(rollbackInput(input), call),
  reveal: (place: ConfigPlace) => client.secrets.reveal.mutate(place),
};

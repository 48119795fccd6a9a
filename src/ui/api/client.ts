import { createTRPCClient, httpBatchLink } from "@trpc/client";
import superjson from "superjson";
import type { AppRouter, ChangeSetInput, RecoveryGo, RecoveryLook } from "./contract.ts";
import type { LeverRef } from "./ref.ts";

/** No question waits longer, so that no page hangs on a server that took the request and went away. */
const QUERY_DEADLINE_MS = 10_000;
/** The server itself pursues an unknown outcome for 15 s before it says so. */
const PUBLISH_DEADLINE_MS = 20_000;

const withDeadline: typeof fetch = (input, init) => {
  const deadlineMs = init?.method === "POST" ? PUBLISH_DEADLINE_MS : QUERY_DEADLINE_MS;
  const deadline = AbortSignal.timeout(deadlineMs);
  return fetch(input, {
    ...init,
    signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
  });
};

/** For the calls of single views; each rejects with a `TRPCClientError`. */
export const client = createTRPCClient<AppRouter>({
  links: [
    httpBatchLink({
      url: "/api/trpc",
      transformer: superjson,
      maxURLLength: 2_000,
      fetch: (input, init) => withDeadline(input as RequestInfo, init as RequestInit),
    }),
  ],
});

interface Call {
  readonly signal?: AbortSignal;
}
type Kind = ChangeSetInput["edits"][number]["kind"];

/** The control plane, call by call. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const api = {
  me: (call: Call = {}) => client.session.me.query(undefined, call),
  board: (env: string, call: Call = {}) => client.levers.board.query({ env, kind: "switch" }, call),
  lever: (env: string, ref: LeverRef, call: Call = {}) =>
    client.levers.get.query({ env, service: ref.service, kind: ref.kind as Kind, name: ref.name }, call),
  convergence: (env: string, changeSetId: string, call: Call = {}) =>
    client.convergence.byChange.query({ env, changeSetId }, call),
  services: (env: string, call: Call = {}) => client.fleet.services.query({ env }, call),
  /** Safe to repeat with the same `id`: a change set is committed once (DESIGN §4 *Publish*). */
  commit: (input: ChangeSetInput) => client.publish.commit.mutate(input),
  /** What the history knows and etcd has lost. */
  examine: (input: RecoveryLook) => client.epoch.examine.mutate(input),
  /** Safe to repeat with the same group. */
  republish: (input: RecoveryGo) => client.epoch.republish.mutate(input),
  confirmEpoch: (env: string) => client.epoch.confirm.mutate({ env }),
};

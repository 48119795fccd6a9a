import { DomainError } from "../domain/errors.ts";
import type { LeverPort } from "./lever-port.ts";
import { remoteBack } from "./remote-back.ts";
import { remoteClient } from "./remote-client.ts";

/** Levers through the console's API. Each call ends within 30 s. */
export function remoteLevers(url: string, token: string | undefined): LeverPort {
  const { api: client, call } = remoteClient(url, token);
  return {
    place: url,
    back: remoteBack(client, call),
    board: (env, filter) => call(() => client.levers.board.query({ env, ...filter })),
    publish: (request) => call(() => client.publish.commit.mutate(request)),
    dryRun: (request) => call(() => client.publish.dryRun.mutate(request)),
    schedule: (at, request) => call(() => client.automation.schedule.mutate({ ...request, at })),
    convergence: (env, changeSetId) => call(() => client.convergence.byChange.query({ env, changeSetId })),
    services: (env) => call(() => client.fleet.services.query({ env })),
    environments: () =>
      call(async () => {
        const me = await client.session.me.query();
        if (!me.signedIn) throw new DomainError("UNAUTHENTICATED", "The console does not know this token.");
        return me.environments.map((one) => one.name);
      }),
    createEnvironment: (env) => call(() => client.epoch.createEnvironment.mutate({ env })),
    confirmEpoch: (env, from) =>
      call(() => client.epoch.confirm.mutate({ env, ...(from === undefined ? {} : { from }) })),
    createLoginLink: () => call(async () => (await client.session.createLoginLink.mutate()).url),
    close: () => Promise.resolve(),
  };
}

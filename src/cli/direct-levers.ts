import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { type Etcd, EtcdError } from "@leverframe/agent/etcd";
import { computeConvergence } from "../domain/convergence.ts";
import { DomainError } from "../domain/errors.ts";
import { fleetRows } from "../domain/fleet.ts";
import { epochOf, forgetful, leverRows } from "../domain/levers.ts";
import { indexTargets } from "../domain/targets.ts";
import { createEnvironment, freshEpoch } from "../features/environments/environment-service.ts";
import { confirmEpoch } from "../features/epoch/epoch-service.ts";
import { createPublisher } from "../features/publish/publish-service.ts";
import { monotonicMs, sleep } from "../infra/clock.ts";
import { createEnvironmentStore, createEpochStore } from "../infra/etcd/environment-store.ts";
import { createPublishStore } from "../infra/etcd/publish-store.ts";
import { readEnvironmentState } from "../infra/etcd/read-environment.ts";
import { openBack } from "../wiring/back.ts";
import type { LeverPort } from "./lever-port.ts";

/** Whoever holds etcd's keys may touch every service. */
const permitAll = (): void => undefined;

/** Levers with etcd alone, for the night when the console is down. The author is `direct` and the login name. */
export function directLevers(etcd: Etcd, endpoints: readonly string[]): LeverPort {
  const store = createPublishStore(() => etcd);
  const publisher = createPublisher({ store, now: () => new Date(), monotonic: monotonicMs, sleep });
  const back = openBack(() => etcd, publisher);
  const environments = createEnvironmentStore(etcd, () => etcd);
  const author = { kind: "direct", id: userInfo().username } as const;
  const newEpoch = (): string => freshEpoch(() => randomBytes(20));
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      throw new DomainError(
        "UNAVAILABLE",
        `etcd at ${endpoints.join(", ")} does not answer (${error.code}).`,
        {
          cause: error,
        },
      );
    }
  };
  return {
    place: `etcd ${endpoints.join(",")}`,
    back: {
      rollback: (request) => call(() => back.rollback({ ...request, author })),
      rollbackDry: (request) => call(() => back.rollbackDry({ ...request, author })),
      undo: (request) => call(() => back.undo({ ...request, author }, permitAll)),
      undoDry: (request) => call(() => back.undoDry({ ...request, author }, permitAll)),
      planRestore: (target, groupId) => call(() => back.restores.plan(target, { groupId, author })),
      restore: (request) => call(() => back.restores.restore({ ...request, author })),
    },
    board: (env, filter) =>
      call(async () => {
        const state = await readEnvironmentState(etcd, env);
        if (epochOf(state) === undefined)
          throw new DomainError("NOT_FOUND", `There is no environment ${env} in this etcd.`);
        return {
          revision: state.revision,
          epoch: epochOf(state) ?? "",
          levers: leverRows(state, indexTargets(state), forgetful, filter),
        };
      }),
    publish: (request) => call(() => publisher.publish({ ...request, author })),
    dryRun: (request) => call(() => publisher.dryRun({ ...request, author })),
    schedule: () =>
      Promise.reject(new DomainError("INVALID", "Scheduling needs the console: leave --direct out.")),
    convergence: (env, changeSetId) =>
      call(async () => {
        const found = await store.journal(env, changeSetId);
        if (found === undefined)
          throw new DomainError("NOT_FOUND", `There is no change set ${changeSetId} in ${env}.`);
        const state = await readEnvironmentState(etcd, env);
        const index = indexTargets(state);
        const scopes = Object.keys(found.journal.targetCount);
        return computeConvergence({
          change: {
            changeSetId,
            revision: found.revision,
            refs: found.journal.edits.map(({ service, kind, name }) => ({ service, kind, name })),
            targetCount: found.journal.targetCount,
          },
          targets: scopes.flatMap((scope) => index.of(scope)),
          foreign: scopes.reduce((sum, scope) => sum + index.foreign(scope), 0),
          epoch: epochOf(state),
          timings: undefined,
        });
      }),
    services: (env) => call(async () => fleetRows(await readEnvironmentState(etcd, env), () => undefined)),
    environments: () => call(() => environments.list()),
    createEnvironment: (env) => call(() => createEnvironment(environments, env, newEpoch())),
    confirmEpoch: (env, from) =>
      call(() =>
        confirmEpoch(
          createEpochStore(() => etcd),
          env,
          { from, fresh: newEpoch() },
        ),
      ),
    createLoginLink: () =>
      Promise.reject(new DomainError("INVALID", "Signing in needs the console: leave --direct out.")),
    async close() {
      etcd.close();
    },
  };
}

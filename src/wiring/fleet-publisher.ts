import { DomainError } from "../domain/errors.ts";
import { createPublisher, type Publisher } from "../features/publish/publish-service.ts";
import { monotonicMs, sleep } from "../infra/clock.ts";
import { createPublishStore } from "../infra/etcd/publish-store.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import type { Rooms } from "./environment-rooms.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";

/** Publishes to every environment from what its room remembers, timed and counted. */
export function createFleetPublisher(
  fleet: Rooms,
  clusters: EtcdClusters,
  metrics: ControlMetrics,
): Publisher {
  const { timings, journals } = fleet;
  const store = createPublishStore(
    (env) => {
      fleet.room(env);
      return clusters.etcdFor(env);
    },
    (env) => fleet.room(env).mirrors.view(),
    clusters.home,
  );
  const base = createPublisher({
    store: {
      ...store,
      async commit(plan) {
        timings.sending(plan.env, plan.id, monotonicMs());
        const outcome = await store.commit(plan);
        if (outcome.outcome === "committed" || outcome.outcome === "already") {
          timings.committed(plan.id, outcome.revision, Object.keys(plan.journal.targetCount));
          journals.learn(plan.env, plan.journal, outcome.revision);
        }
        return outcome;
      },
    },
    now: () => new Date(),
    monotonic: monotonicMs,
    sleep,
  });
  return {
    dryRun: (request, terms) => base.dryRun(request, terms),
    async publish(request, terms) {
      const stop = metrics.publishSeconds.startTimer({ env: request.env });
      try {
        const result = await base.publish(request, terms);
        metrics.published.inc({ env: request.env, outcome: result.repeated ? "repeated" : "committed" });
        return result;
      } catch (error) {
        metrics.published.inc({
          env: request.env,
          outcome: error instanceof DomainError ? error.code : "FAILED",
        });
        throw error;
      } finally {
        stop();
      }
    },
  };
}

import { computeConvergence } from "../domain/convergence.ts";
import { DomainError } from "../domain/errors.ts";
import { epochOf } from "../domain/levers.ts";
import type { AlertService } from "../features/alerts/alert-service.ts";
import type { AutomationPort } from "../features/automation/automation-router.ts";
import { confirmEpoch } from "../features/epoch/epoch-service.ts";
import { createRecoveryService } from "../features/epoch/recovery-service.ts";
import type { MetricsPort } from "../features/metrics/metrics-router.ts";
import type { Publisher } from "../features/publish/publish-service.ts";
import { SearchService } from "../features/search/search-service.ts";
import type { SecretService } from "../features/secrets/secret-service.ts";
import type { TopologyPort } from "../features/topology/topology-router.ts";
import type { TracesPort } from "../features/traces/traces-router.ts";
import { monotonicMs, sleep } from "../infra/clock.ts";
import { createEpochStore } from "../infra/etcd/environment-store.ts";
import type { Log } from "../infra/log.ts";
import type { Database } from "../infra/sql/database.ts";
import { lostChangeSets } from "../infra/sql/history-lost.ts";
import type { AppPorts } from "../server/app-router.ts";
import { VERSION } from "../version.ts";
import { openBack } from "./back.ts";
import { newEpoch, type Rooms } from "./environment-rooms.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";
import type { Foresight } from "./foresight.ts";
import { openFreezes } from "./freezes.ts";
import type { History } from "./history.ts";
import type { People } from "./people.ts";

/** What the procedures stand on, over what this process follows. */
export function portsOf(parts: {
  readonly fleet: Rooms;
  readonly clusters: EtcdClusters;
  readonly publisher: Publisher;
  readonly automation: AutomationPort;
  readonly secrets: SecretService;
  readonly history: History;
  readonly database: Database;
  readonly people: People;
  readonly metrics: MetricsPort;
  readonly topology: TopologyPort;
  readonly traces: TracesPort;
  readonly foresight: Foresight;
  readonly alerts: AlertService;
  readonly log: Log;
}): AppPorts {
  const { fleet, clusters, publisher, log } = parts;
  const epochs = createEpochStore(clusters.etcdFor);
  const back = openBack(
    (env) => {
      fleet.room(env);
      return clusters.etcdFor(env);
    },
    publisher,
    parts.history.reader,
  );
  const confirm: AppPorts["epoch"]["confirm"] = (env, from) => {
    fleet.room(env);
    return confirmEpoch(epochs, env, { from, fresh: newEpoch() });
  };
  return {
    publisher,
    automation: parts.automation,
    alerts: parts.alerts,
    secrets: parts.secrets,
    history: parts.history,
    back,
    search: new SearchService({
      state: (env) => fleet.room(env).state,
      changes: (env, terms, limit) => parts.history.reader.mentions(env, terms, limit),
      now: monotonicMs,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    }),
    metrics: parts.metrics,
    topology: parts.topology,
    traces: parts.traces,
    ...parts.foresight,
    freezes: openFreezes(clusters.home, (env) => void fleet.room(env)),
    onPublishRefused: (error) =>
      log.info({ code: error.code, why: error.publicMessage }, "a publish was refused"),
    people: parts.people,
    access: {
      environments: () => fleet.names(),
      createLoginLink: parts.people.createLoginLink,
      personName: parts.people.personName,
      version: VERSION,
    },
    levers: {
      board(env, filter) {
        const room = fleet.room(env);
        const stale = room.stale();
        return {
          revision: room.state.revision,
          epoch: epochOf(room.state) ?? "",
          levers: room.levers(filter),
          ...(stale === undefined ? {} : { stale }),
        };
      },
      detail(env, ref) {
        const room = fleet.room(env);
        const [lever] = room.levers(ref);
        if (lever === undefined) {
          throw new DomainError("NOT_FOUND", `There is no ${ref.service}/${ref.kind}/${ref.name} in ${env}.`);
        }
        const reached = room.index.of(ref.service).filter((target) => target.receipt.leaving !== true);
        return {
          lever,
          readBy: reached.flatMap((target) =>
            target.receipt.reads
              .filter((read) => read.kind === ref.kind && read.name === ref.name)
              .map((read) => ({
                service: target.service,
                instance: target.instance,
                decisions: read.decisions,
              })),
          ),
          reports: room.reports(ref),
          reaches: reached.map(({ service, instance, zone }) => ({ service, instance, zone })),
        };
      },
    },
    convergence: {
      async byChange(env, changeSetId) {
        const room = fleet.room(env);
        const note = await fleet.journals.get(env, changeSetId);
        if (note === undefined)
          throw new DomainError("NOT_FOUND", `There is no change set ${changeSetId} in ${env}.`);
        const scopes = Object.keys(note.targetCount);
        return computeConvergence({
          change: { changeSetId, revision: note.revision, refs: note.refs, targetCount: note.targetCount },
          targets: scopes.flatMap((scope) => room.index.of(scope)),
          foreign: scopes.reduce((sum, scope) => sum + room.index.foreign(scope), 0),
          epoch: epochOf(room.state),
          timings: fleet.timings.of(changeSetId),
        });
      },
    },
    fleet: { services: (env) => fleet.room(env).services() },
    events: { follow: (env, lastEventId, signal) => fleet.room(env).feed.follow(lastEventId, signal) },
    epoch: {
      confirm,
      recovery: createRecoveryService({
        holding: (env) =>
          fleet
            .room(env)
            .services()
            .flatMap((service) => service.instances)
            .filter((instance) => instance.hold !== undefined)
            .map((instance) => instance.instance),
        ensureHead: (env) => fleet.create(env),
        historyFollows: (env) => parts.history.follows(env),
        lost: (env) => lostChangeSets(parts.database, env),
        restores: back.restores,
        confirm,
        sleep,
      }),
      createEnvironment: (env) => fleet.create(env),
    },
  };
}

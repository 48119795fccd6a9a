import type { AddressInfo } from "node:net";
import type { ChangeSetRequest } from "../domain/change-set-request.ts";
import { computeConvergence } from "../domain/convergence.ts";
import { DomainError } from "../domain/errors.ts";
import { epochOf } from "../domain/levers.ts";
import type { Environment } from "../env.ts";
import type { AutomationPort } from "../features/automation/automation-router.ts";
import { confirmEpoch } from "../features/epoch/epoch-service.ts";
import { createPublisher, type Publisher } from "../features/publish/publish-service.ts";
import { sealEdits } from "../features/secrets/seal-edits.ts";
import type { SecretService } from "../features/secrets/secret-service.ts";
import { monotonicMs, sleep } from "../infra/clock.ts";
import { openAccessStore } from "../infra/etcd/access-store.ts";
import { createEpochStore } from "../infra/etcd/environment-store.ts";
import { createPublishStore } from "../infra/etcd/publish-store.ts";
import type { Log } from "../infra/log.ts";
import { type AppPorts, createAppRouter } from "../server/app-router.ts";
import { createHttpServer } from "../server/http-server.ts";
import { type ControlMetrics, createControlMetrics } from "../server/metrics.ts";
import { ownOrigins } from "../server/origin.ts";
import type { PageHandler } from "../server/static-pages.ts";
import { serveWebSocket, type WebSocketOptions } from "../server/web-socket.ts";
import { VERSION } from "../version.ts";
import { type RunningAutomation, startAutomation } from "./automation.ts";
import { openBack } from "./back.ts";
import { newEpoch, READY_MS, Rooms } from "./environment-rooms.ts";
import { type EtcdClusters, openClusters } from "./etcd-clusters.ts";
import { type History, startHistory, withSql } from "./history.ts";
import { openLeaderships } from "./leaderships.ts";
import { openPeople, type People } from "./people.ts";
import { openMasterKeys, openSecrets, sealing } from "./secrets.ts";
import { openSql } from "./sql.ts";

export interface ControlPlaneOptions {
  readonly environment: Environment;
  /** `ETCD_ENDPOINTS_{ENV}` variables, by name. */
  readonly perEnvironment: ReadonlyMap<string, string>;
  readonly log: Log;
  readonly pages: PageHandler;
  readonly otherUpgrade?: WebSocketOptions["otherUpgrade"];
}

export interface ControlPlane {
  readonly url: string;
  /** Made only when nobody ever signed in from this data directory. */
  readonly firstLoginLink: string | undefined;
  readonly etcdEndpoints: readonly string[];
  createLoginLink(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts everything and resolves once it answers. `stop` ends it in order; the embedded etcd lives on. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { environment, log } = options;
  const clusters = await openClusters(environment, { log, perEnvironment: options.perEnvironment });
  const fleet = new Rooms(environment, clusters, log);
  const accessStore = openAccessStore(clusters.home, log);
  const metrics = createControlMetrics();
  const sql = openSql(environment, log);
  const leaderships = openLeaderships(clusters, log);
  let people: People | undefined;
  let history: History | undefined;
  let automation: RunningAutomation | undefined;
  try {
    await accessStore.ready(READY_MS);
    await fleet.open();
    history = startHistory({ rooms: fleet, clusters, leaderships, database: sql, metrics, log });
    let origins: ReadonlySet<string> = new Set();
    let url = "";
    const keys = await openMasterKeys(environment);
    const base = createFleetPublisher(fleet, clusters, metrics);
    people = await openPeople({
      environment,
      store: accessStore,
      database: sql,
      metrics,
      url: () => url,
      log,
      publisher: base,
      etcdOf: (env) => {
        fleet.room(env);
        return clusters.etcdFor(env);
      },
      settings: fleet.settings,
      home: clusters.home,
    });
    const { access, observe, createLoginLink } = people;
    const publisher = sealing(people.publisher, keys);
    const seal = (request: ChangeSetRequest): ChangeSetRequest => sealEdits(request, keys);
    automation = startAutomation({ rooms: fleet, clusters, leaderships, publisher, seal, log });
    const secrets = openSecrets(fleet, publisher, keys);
    const router = createAppRouter(
      portsOf({ fleet, clusters, publisher, automation, secrets, history, people, log }),
    );
    const server = createHttpServer({
      router,
      access,
      signIn: people.signIn,
      observe,
      routes: people.routes,
      metrics,
      readiness: () => withSql(fleet.readiness(), sql),
      pages: options.pages,
      origins: () => origins,
      secureCookie: environment.LEVERFRAME_URL?.startsWith("https:") ?? false,
      log,
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(environment.PORT, environment.HOST, resolve);
    });
    const { port } = server.address() as AddressInfo;
    origins = ownOrigins({ url: environment.LEVERFRAME_URL, host: environment.HOST, port });
    url = environment.LEVERFRAME_URL?.replace(/\/$/, "") ?? `http://${shownHost(environment.HOST)}:${port}`;
    const closeSockets = serveWebSocket({
      server,
      router,
      access,
      onAccessChange: (listener) => accessStore.onChange(listener),
      observe,
      reauthorizeMs: environment.LEVERFRAME_REAUTHORIZE_MS,
      origins: () => origins,
      onCount: (clients) => metrics.sockets.set(clients),
      ...(options.otherUpgrade === undefined ? {} : { otherUpgrade: options.otherUpgrade }),
      log,
    });
    const gauges = setInterval(() => fleet.gauge(metrics), 5_000).unref();
    return {
      url,
      etcdEndpoints: clusters.homeEndpoints,
      firstLoginLink: people.isNew ? await createLoginLink() : undefined,
      createLoginLink,
      async stop() {
        clearInterval(gauges);
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        closeSockets();
        server.closeIdleConnections();
        const deadline = setTimeout(() => server.closeAllConnections(), 3_000).unref();
        await closed;
        clearTimeout(deadline);
        await history?.close();
        await automation?.close();
        await leaderships.close();
        await people?.close();
        await fleet.close();
        await accessStore.close();
        await sql.close();
        clusters.close();
      },
    };
  } catch (error) {
    await history?.close();
    await leaderships.close();
    await people?.close();
    await fleet.close();
    await accessStore.close();
    await sql.close();
    clusters.close();
    throw error;
  }
}

const shownHost = (host: string): string => (host === "0.0.0.0" || host === "::" ? "localhost" : host);

function createFleetPublisher(fleet: Rooms, clusters: EtcdClusters, metrics: ControlMetrics): Publisher {
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

function portsOf(parts: {
  readonly fleet: Rooms;
  readonly clusters: EtcdClusters;
  readonly publisher: Publisher;
  readonly automation: AutomationPort;
  readonly secrets: SecretService;
  readonly history: History;
  readonly people: People;
  readonly log: Log;
}): AppPorts {
  const { fleet, clusters, publisher, log } = parts;
  const epochs = createEpochStore(clusters.etcdFor);
  return {
    publisher,
    automation: parts.automation,
    secrets: parts.secrets,
    history: parts.history,
    back: openBack(
      (env) => {
        fleet.room(env);
        return clusters.etcdFor(env);
      },
      publisher,
      parts.history.reader,
    ),
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
      confirm: (env, from) => {
        fleet.room(env);
        return confirmEpoch(epochs, env, { from, fresh: newEpoch() });
      },
      createEnvironment: (env) => fleet.create(env),
    },
  };
}

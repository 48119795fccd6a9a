import type { AddressInfo } from "node:net";
import type { ChangeSetRequest } from "../domain/change-set-request.ts";
import type { Environment } from "../env.ts";
import { keepAuditBounded } from "../features/audit/audit-retention.ts";
import { sealEdits } from "../features/secrets/seal-edits.ts";
import { sleep } from "../infra/clock.ts";
import { openAccessStore } from "../infra/etcd/access-store.ts";
import type { Log } from "../infra/log.ts";
import { createAlertRoutes } from "../server/alert-routes.ts";
import { createAppRouter } from "../server/app-router.ts";
import { clientAddress } from "../server/client-address.ts";
import { createHttpServer } from "../server/http-server.ts";
import { createControlMetrics } from "../server/metrics.ts";
import { ownOrigins } from "../server/origin.ts";
import { prometheusSdRoute } from "../server/prometheus-sd.ts";
import type { PageHandler } from "../server/static-pages.ts";
import { serveWebSocket, type WebSocketOptions } from "../server/web-socket.ts";
import { openAlerts } from "./alerts.ts";
import { startAutomation } from "./automation.ts";
import { READY_MS, Rooms } from "./environment-rooms.ts";
import { openClusters } from "./etcd-clusters.ts";
import { createFleetPublisher } from "./fleet-publisher.ts";
import { openForesight } from "./foresight.ts";
import { startHistory, withSql } from "./history.ts";
import { openLeaderships } from "./leaderships.ts";
import { startMetrics } from "./metrics.ts";
import { openOfrep } from "./ofrep.ts";
import { openPeople } from "./people.ts";
import { portsOf } from "./ports.ts";
import { targetGroupsOf } from "./registered.ts";
import { openMasterKeys, openSecrets, sealing } from "./secrets.ts";
import { openSql } from "./sql.ts";
import { openTelemetry } from "./telemetry.ts";
import { openTopology } from "./topology.ts";
import { openTraces } from "./traces.ts";

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
  const started: (() => Promise<void> | void)[] = [];
  /** The last first. */
  const closeAll = async (): Promise<void> => {
    for (const close of started.splice(0).toReversed()) await close();
  };
  const closedWith = <Part extends { close(): Promise<void> | void }>(part: Part): Part => {
    started.push(() => part.close());
    return part;
  };
  try {
    const clusters = closedWith(
      await openClusters(environment, { log, perEnvironment: options.perEnvironment }),
    );
    const sql = closedWith(openSql(environment, log));
    const accessStore = closedWith(openAccessStore(clusters.home, log));
    const fleet = closedWith(new Rooms(environment, clusters, log));
    const metrics = createControlMetrics();
    const leaderships = closedWith(openLeaderships(clusters, log));
    await accessStore.ready(READY_MS);
    await fleet.open();
    const history = closedWith(
      startHistory({ rooms: fleet, clusters, leaderships, database: sql, metrics, log }),
    );
    let origins: ReadonlySet<string> = new Set();
    let url = "";
    const keys = await openMasterKeys(environment);
    const people = closedWith(
      await openPeople({
        environment,
        store: accessStore,
        database: sql,
        metrics,
        url: () => url,
        log,
        publisher: createFleetPublisher(fleet, clusters, metrics),
        etcdOf: (env) => {
          fleet.room(env);
          return clusters.etcdFor(env);
        },
        settings: fleet.settings,
        home: clusters.home,
      }),
    );
    started.push(
      keepAuditBounded({
        store: people.auditStore,
        leadership: leaderships.home,
        today: () => new Date(),
        sleep,
        onProblem: (error) => log.warn({ err: error }, "old audit entries could not be dropped; tried again"),
      }),
    );
    const { access, observe, createLoginLink } = people;
    const telemetry = closedWith(
      openTelemetry({
        environment,
        access,
        onAccessChange: (listener) => accessStore.onChange(listener),
        metrics,
        log,
      }),
    );
    const addressOf = clientAddress(environment.LEVERFRAME_TRUSTED_PROXIES);
    const publisher = sealing(people.publisher, keys);
    const seal = (request: ChangeSetRequest): ChangeSetRequest => sealEdits(request, keys);
    const automation = closedWith(
      startAutomation({ rooms: fleet, clusters, leaderships, publisher, seal, log }),
    );
    const secrets = openSecrets(fleet, publisher, keys);
    const store = environment.LEVERFRAME_TELEMETRY === "off" ? undefined : telemetry.store;
    const topology = openTopology({ rooms: fleet, history: history.reader, store });
    const measured = closedWith(
      startMetrics({
        rooms: fleet,
        leaderships,
        history,
        store,
        prometheusUrl: environment.PROMETHEUS_URL,
        scrapeNetworks: environment.LEVERFRAME_SCRAPE_NETWORKS,
        log,
      }),
    );
    const alerts = openAlerts({
      rooms: fleet,
      clusters,
      leaderships,
      database: sql,
      reader: measured.reader,
      keys,
      metrics,
      url: () => url,
      log,
    });
    started.push(() => alerts.close());
    const router = createAppRouter(
      portsOf({
        fleet,
        clusters,
        publisher,
        automation,
        secrets,
        history,
        database: sql,
        people,
        alerts: alerts.service,
        metrics: measured.port,
        topology: topology.service,
        foresight: openForesight({
          rooms: fleet,
          store: telemetry.store,
          edges: topology.edges,
          metrics: measured.port,
        }),
        traces: openTraces(fleet, telemetry.store),
        log,
      }),
    );
    const ofrep = closedWith(
      openOfrep({
        rooms: fleet,
        access,
        onAccessChange: (listener) => accessStore.onChange(listener),
        observe,
        addressOf,
        log,
        requestsPerSecond: environment.LEVERFRAME_OFREP_RATE,
        metrics,
      }),
    );
    const server = createHttpServer({
      router,
      ofrep: ofrep.handle,
      otlp: (request, response, pathname) => telemetry.otlp.handle(request, response, pathname),
      access,
      signIn: people.signIn,
      observe,
      addressOf,
      routes: [...people.routes, prometheusSdRoute((env) => targetGroupsOf(fleet.room(env)))],
      alerts: createAlertRoutes({ access, alerts: alerts.service, observe, addressOf, log }),
      metrics,
      readiness: () => telemetry.withEyes(withSql(fleet.readiness(), sql)),
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
      addressOf,
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
        ofrep.close();
        server.closeIdleConnections();
        const deadline = setTimeout(() => server.closeAllConnections(), 3_000).unref();
        await closed;
        clearTimeout(deadline);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const shownHost = (host: string): string => (host === "0.0.0.0" || host === "::" ? "localhost" : host);

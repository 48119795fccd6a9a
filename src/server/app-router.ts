import type { DomainError } from "../domain/errors.ts";
import { type AccessPort, createSessionRouter } from "../features/access/access-router.ts";
import {
  createGrantsRouter,
  createPeopleRouter,
  createTokensRouter,
} from "../features/access/people-router.ts";
import type { PeopleService } from "../features/access/people-service.ts";
import type { TokenService } from "../features/access/token-service.ts";
import { type AdvicePort, createAdviceRouter } from "../features/advice/advice-router.ts";
import type { AlertService } from "../features/alerts/alert-service.ts";
import { createAlertsRouter } from "../features/alerts/alerts-router.ts";
import { createApprovalsRouter } from "../features/approvals/approvals-router.ts";
import type { Approvals } from "../features/approvals/approvals-service.ts";
import type { AuditStore } from "../features/audit/audit-event.ts";
import { createAuditRouter } from "../features/audit/audit-router.ts";
import { type AutomationPort, createAutomationRouter } from "../features/automation/automation-router.ts";
import { createBackRouter } from "../features/back/back-router.ts";
import type { BackService } from "../features/back/back-service.ts";
import { type BlastPort, createBlastRouter } from "../features/blast/blast-router.ts";
import { type ConvergencePort, createConvergenceRouter } from "../features/convergence/convergence-router.ts";
import { createEpochRouter, type EpochPort } from "../features/epoch/epoch-router.ts";
import { createEventsRouter, type EventsPort } from "../features/events/events-router.ts";
import { createFleetRouter, type FleetPort } from "../features/fleet/fleet-router.ts";
import { createFreezesRouter, type FreezesPort } from "../features/freezes/freezes-router.ts";
import { createHistoryRouter, type HistoryPort } from "../features/history/history-router.ts";
import { createLeversRouter, type LeversPort } from "../features/levers/levers-router.ts";
import { createMetricsRouter, type MetricsPort } from "../features/metrics/metrics-router.ts";
import { createPublishRouter } from "../features/publish/publish-router.ts";
import type { Publisher } from "../features/publish/publish-service.ts";
import { createReplayRouter, type ReplayPort } from "../features/replay/replay-router.ts";
import { createSearchRouter, type SearchPort } from "../features/search/search-router.ts";
import type { SecretService } from "../features/secrets/secret-service.ts";
import { createSecretsRouter } from "../features/secrets/secrets-router.ts";
import { createTopologyRouter, type TopologyPort } from "../features/topology/topology-router.ts";
import { createTracesRouter, type TracesPort } from "../features/traces/traces-router.ts";
import { router } from "./trpc.ts";

/** What the procedures stand on. */
export interface AppPorts {
  readonly access: AccessPort;
  readonly people: {
    readonly people: PeopleService;
    readonly tokens: TokenService;
    readonly auditStore: AuditStore;
    readonly approvals: Approvals;
  };
  readonly levers: LeversPort;
  readonly alerts: AlertService;
  readonly convergence: ConvergencePort;
  readonly fleet: FleetPort;
  readonly events: EventsPort;
  readonly metrics: MetricsPort;
  readonly epoch: EpochPort;
  readonly history: HistoryPort;
  readonly back: BackService;
  readonly freezes: FreezesPort;
  readonly automation: AutomationPort;
  readonly search: SearchPort;
  readonly secrets: SecretService;
  readonly topology: TopologyPort;
  readonly traces: TracesPort;
  readonly replay: ReplayPort;
  readonly blast: BlastPort;
  readonly advice: AdvicePort;
  readonly publisher: Publisher;
  readonly onPublishRefused: (error: DomainError) => void;
}

/** Every procedure of the control plane. */
export const createAppRouter = (ports: AppPorts) =>
  router({
    session: createSessionRouter(ports.access),
    people: createPeopleRouter(ports.people.people),
    grants: createGrantsRouter(ports.people.people),
    tokens: createTokensRouter(ports.people.tokens),
    audit: createAuditRouter(ports.people.auditStore),
    approvals: createApprovalsRouter(ports.people.approvals),
    levers: createLeversRouter(ports.levers),
    alerts: createAlertsRouter(ports.alerts),
    convergence: createConvergenceRouter(ports.convergence),
    fleet: createFleetRouter(ports.fleet),
    events: createEventsRouter(ports.events),
    metrics: createMetricsRouter(ports.metrics),
    epoch: createEpochRouter(ports.epoch),
    history: createHistoryRouter(ports.history),
    back: createBackRouter(ports.back),
    freezes: createFreezesRouter(ports.freezes),
    automation: createAutomationRouter(ports.automation),
    search: createSearchRouter(ports.search),
    secrets: createSecretsRouter(ports.secrets),
    topology: createTopologyRouter(ports.topology),
    traces: createTracesRouter(ports.traces),
    replay: createReplayRouter(ports.replay),
    blast: createBlastRouter(ports.blast),
    advice: createAdviceRouter(ports.advice),
    publish: createPublishRouter(ports.publisher, ports.onPublishRefused),
  });

export type AppRouter = ReturnType<typeof createAppRouter>;

import { hash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Etcd } from "@leverframe/agent/etcd";
import { monotonicFactory } from "ulid";
import type { Approvals as ApprovalRule } from "../domain/environment-settings.ts";
import { DomainError, isDomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import { AccessService } from "../features/access/access-service.ts";
import { PeopleService } from "../features/access/people-service.ts";
import { SignInLimiter } from "../features/access/sign-in-limiter.ts";
import { SignInService } from "../features/access/sign-in-service.ts";
import { BREAK_GLASS, TokenService } from "../features/access/token-service.ts";
import { Approvals } from "../features/approvals/approvals-service.ts";
import type { AuditStore } from "../features/audit/audit-event.ts";
import { exportAudit, filterOf } from "../features/audit/audit-export.ts";
import { AuditRecorder } from "../features/audit/audit-recorder.ts";
import type { Publisher } from "../features/publish/publish-service.ts";
import { openAuditSpool } from "../infra/audit/audit-spool.ts";
import { createAuditStore } from "../infra/audit/audit-store.ts";
import { createIdentities } from "../infra/auth/identities.ts";
import { monotonicMs, sleep } from "../infra/clock.ts";
import type { OpenAccessStore } from "../infra/etcd/access-store.ts";
import { createApprovalStore } from "../infra/etcd/approvals-store.ts";
import { changeSettings, type FollowedSettings } from "../infra/etcd/environment-settings-store.ts";
import type { Log } from "../infra/log.ts";
import type { Database } from "../infra/sql/database.ts";
import { sendJson } from "../server/answers.ts";
import type { HttpRoute } from "../server/http-server.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import type { ObservedCall } from "../server/trpc.ts";
import { keepSecret, sessionKey, tokenFile } from "./local-secrets.ts";

export interface PeopleOptions {
  readonly environment: Environment;
  readonly store: OpenAccessStore;
  readonly database: Database;
  /** Publishes without asking for a second person. */
  readonly publisher: Publisher;
  /** The etcd of an environment; throws NOT_FOUND for one that nobody made. */
  readonly etcdOf: (env: string) => Etcd;
  readonly settings: FollowedSettings;
  /** Where the settings of environments stand. */
  readonly home: Etcd;
  readonly metrics: ControlMetrics;
  /** The console's own address, known once the server listens. */
  readonly url: () => string;
  readonly log: Log;
}

/** People, tokens and the audit log, joined. Resolves once the first admin and this machine's token stand. */
export async function openPeople(options: PeopleOptions) {
  const { environment, store, database, metrics, log } = options;
  const key = await sessionKey(environment.LEVERFRAME_SESSION_KEY, environment.LEVERFRAME_DATA);
  const access = new AccessService({ store, sessionKey: key, now: Date.now });
  const token = await keepSecret(tokenFile(environment.LEVERFRAME_DATA), () => AccessService.newToken());
  await access.keepLocalToken(token.value, "cli");
  await access.ensureFirstAdmin();
  const auditStore = createAuditStore(database);
  const recorder = openRecorder(options, auditStore);
  const identities = createIdentities({
    database,
    url: options.url,
    secret: hash("sha256", `identities ${key}`),
    oidc: oidcOf(environment),
    isKnown: (email) => store.personByEmail(email) !== undefined,
    log: log.child({ part: "identities" }),
  });
  const approvals = new Approvals({
    store: createApprovalStore(options.etcdOf),
    publisher: options.publisher,
    rule: (env) => options.settings.of(env).approvals,
    setRule: (env, rule) => setRule(options, env, rule),
    personBehind: (author) => access.personBehind(author),
    isBreakGlass: (author) => author.kind === "token" && author.id === BREAK_GLASS,
    scopesOf: (person) => access.scopesOf(person),
    now: () => new Date(),
  });
  return {
    access,
    approvals,
    /** For everybody who is not asked for a second person themselves. */
    publisher: approvals.guarded(),
    signIn: new SignInService({ access, people: store, identities, limiter: new SignInLimiter(monotonicMs) }),
    people: new PeopleService({
      store,
      access,
      now: Date.now,
      invitationUrl: (code) => `${options.url()}/login?invitation=${code}`,
    }),
    tokens: new TokenService(store, Date.now),
    auditStore,
    recorder,
    /** Whether this data directory is new: nobody ever signed in from it. */
    isNew: token.made,
    createLoginLink: async (): Promise<string> => `${options.url()}/login?code=${await access.createCode()}`,
    personName: (id: string): string | undefined => store.person(id)?.name,
    observe: (call: ObservedCall): void => {
      const actor = call.principal?.author;
      recorder.record({ ...call, actor });
      if (call.principal?.breakGlass === undefined) return;
      metrics.breakGlass.inc();
      log.warn({ action: call.action, from: call.address }, "the break-glass token was used");
    },
    routes: [auditRoute(auditStore, "csv", log), auditRoute(auditStore, "json", log)],
    close: () => recorder.close(),
  };
}

export type People = Awaited<ReturnType<typeof openPeople>>;

/** Whoever was answered finds it so here: waits until this process follows it, 3 s at the most. */
async function setRule({ home, settings }: PeopleOptions, env: string, rule: ApprovalRule): Promise<void> {
  await changeSettings(home, env, (standing) => ({ ...standing, approvals: rule }));
  const until = monotonicMs() + 3_000;
  while (settings.of(env).approvals !== rule && monotonicMs() < until) await sleep(10);
}

function openRecorder({ environment, metrics, log }: PeopleOptions, store: AuditStore): AuditRecorder {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return new AuditRecorder({
    spool: openAuditSpool(environment.LEVERFRAME_DATA),
    store,
    now: () => new Date(),
    newId: monotonicFactory(),
    sleep,
    onDropped: (count) => {
      metrics.auditDropped.inc(count);
      if (monotonicMs() - saidAtMs < 10_000) return;
      saidAtMs = monotonicMs();
      log.error({ count }, "audit entries were dropped: the spool is full, since SQL is away for long");
    },
    onError: (error) => log.error({ err: error }, "audit entries could not be kept; they are tried again"),
  });
}

function oidcOf(environment: Environment) {
  const {
    LEVERFRAME_OIDC_ISSUER: issuer,
    LEVERFRAME_OIDC_CLIENT_ID: clientId,
    LEVERFRAME_OIDC_CLIENT_SECRET: clientSecret,
  } = environment;
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return undefined;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) {
    throw new Error(
      "Sign-in by OpenID Connect needs LEVERFRAME_OIDC_ISSUER, LEVERFRAME_OIDC_CLIENT_ID and LEVERFRAME_OIDC_CLIENT_SECRET.",
    );
  }
  return { issuer, clientId, clientSecret, name: environment.LEVERFRAME_OIDC_NAME };
}

/** The whole audit log, streamed a page at a time; the first page decides whether it is an error. */
function auditRoute(store: AuditStore, format: "csv" | "json", log: Log): HttpRoute {
  const types = { csv: "text/csv; charset=utf-8", json: "application/json" };
  return {
    pathname: `/api/audit.${format}`,
    rule: { role: "admin", on: "control" },
    async handle(request, response) {
      try {
        await streamAudit(store, format, types[format], request, response);
      } catch (error) {
        const known = isDomainError(error)
          ? error
          : new DomainError("UNAVAILABLE", "The audit log can't be read.");
        if (!isDomainError(error)) log.error({ err: error }, "the export of the audit log failed");
        // Half an export must not look whole.
        if (response.headersSent) response.destroy();
        else sendJson(response, known.code === "INVALID" ? 400 : 503, { error: known.publicMessage });
      }
    },
  };
}

async function streamAudit(
  store: AuditStore,
  format: "csv" | "json",
  type: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const filter = filterOf(new URL(request.url ?? "/", "http://console").searchParams);
  const pieces = exportAudit(store, filter, format);
  const head = await pieces.next();
  let piece = await pieces.next();
  response.writeHead(200, {
    "content-type": type,
    "cache-control": "no-store",
    "content-disposition": `attachment; filename="leverframe-audit.${format}"`,
  });
  response.write(head.value ?? "");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  while (piece.done !== true && !response.destroyed) {
    if (!response.write(piece.value))
      await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
    piece = await pieces.next();
  }
  response.end();
}

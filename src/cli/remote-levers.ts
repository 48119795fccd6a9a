import { createTRPCClient, httpLink, TRPCClientError } from "@trpc/client";
import superjson from "superjson";
import { DomainError, ERROR_CODES, type ErrorCode } from "../domain/errors.ts";
import type { AppRouter } from "../server/app-router.ts";
import { VERSION } from "../version.ts";
import type { LeverPort } from "./lever-port.ts";

const DEADLINE_MS = 30_000;

/** Levers through the console's API. Each call ends within 30 s. */
export function remoteLevers(url: string, token: string | undefined): LeverPort {
  const client = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url.replace(/\/$/, "")}/api/trpc`,
        transformer: superjson,
        headers: {
          "user-agent": `leverframe-cli/${VERSION}`,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        fetch: (input, init) =>
          fetch(input as RequestInfo, { ...(init as RequestInit), signal: AbortSignal.timeout(DEADLINE_MS) }),
      }),
    ],
  });
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toDomainError(error, url);
    }
  };
  return {
    place: url,
    board: (env, filter) => call(() => client.levers.board.query({ env, ...filter })),
    publish: (request) => call(() => client.publish.commit.mutate(request)),
    dryRun: (request) => call(() => client.publish.dryRun.mutate(request)),
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

const HTTP_CODES: Readonly<Record<string, ErrorCode>> = {
  UNAUTHORIZED: "UNAUTHENTICATED",
  FORBIDDEN: "FORBIDDEN",
  SERVICE_UNAVAILABLE: "UNAVAILABLE",
  PAYLOAD_TOO_LARGE: "TOO_LARGE",
  BAD_REQUEST: "INVALID",
  NOT_FOUND: "NOT_FOUND",
};

function toDomainError(error: unknown, url: string): unknown {
  if (!(error instanceof TRPCClientError)) return error;
  const data = error.data as
    | { code?: string; leverframe?: { code?: string; details?: unknown } }
    | null
    | undefined;
  if (data === null || data === undefined) {
    return new DomainError(
      "UNAVAILABLE",
      `${url} does not answer. Start it (npm start), or go past it with --direct.`,
      {
        cause: error,
      },
    );
  }
  const known = ERROR_CODES.find((code) => code === data.leverframe?.code);
  const code = known ?? HTTP_CODES[data.code ?? ""];
  return code === undefined
    ? error
    : new DomainError(code, error.message, { details: data.leverframe?.details, cause: error });
}

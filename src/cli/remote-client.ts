import { createTRPCClient, httpLink, TRPCClientError } from "@trpc/client";
import superjson from "superjson";
import { DomainError, ERROR_CODES, type ErrorCode } from "../domain/errors.ts";
import type { AppRouter } from "../server/app-router.ts";
import { VERSION } from "../version.ts";

const DEADLINE_MS = 30_000;

export interface RemoteClient {
  readonly url: string;
  readonly api: ReturnType<typeof createTRPCClient<AppRouter>>;
  /** Carries out a call; its failures become `DomainError`s of the server's codes. */
  readonly call: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The console's API for programs. Each call ends within 30 s. */
export function remoteClient(url: string, token: string | undefined): RemoteClient {
  const api = createTRPCClient<AppRouter>({
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
  return {
    url,
    api,
    async call(work) {
      try {
        return await work();
      } catch (error) {
        throw toDomainError(error, url);
      }
    },
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

import { createTRPCClient, httpLink, TRPCClientError } from "@trpc/client";
import superjson from "superjson";
import { DomainError, ERROR_CODES, type ErrorCode, isDomainError } from "../domain/errors.ts";
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
  let theirs: string | undefined;
  const api = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url.replace(/\/$/, "")}/api/trpc`,
        transformer: superjson,
        headers: {
          "user-agent": `leverframe-cli/${VERSION}`,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        fetch: async (input, init) => {
          const signal = AbortSignal.timeout(DEADLINE_MS);
          const response = await fetch(input, { ...(init as RequestInit), signal });
          theirs = response.headers.get("x-leverframe-version") ?? undefined;
          return response;
        },
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
        throw skewed(toDomainError(error, url), theirs);
      }
    },
  };
}

/** What an older or newer console does not understand may be no mistake of whoever asks: says so, and what to do. */
function skewed(error: unknown, theirs: string | undefined): unknown {
  const puzzled = isDomainError(error) && (error.code === "INVALID" || error.code === "NOT_FOUND");
  if (!puzzled || theirs === undefined || theirs === VERSION) return error;
  return new DomainError(
    error.code,
    `${error.publicMessage} (This command is ${VERSION}, the console ${theirs}: use the console's own, npm i -g leverframe@${theirs}, or bring the console up to ${VERSION}.)`,
    { details: error.details, cause: error },
  );
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

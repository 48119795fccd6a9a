import { randomUUID } from "node:crypto";
import { describeIssues } from "@leverframe/agent/protocol";
import { initTRPC, TRPCError } from "@trpc/server";
import superjson, { type SuperJSONResult } from "superjson";
import * as z from "zod";
import { DomainError, type ErrorCode, isDomainError } from "../domain/errors.ts";
import type { Principal } from "../features/access/session-cookie.ts";

/** What every procedure knows of its caller. */
export interface RequestContext {
  readonly principal: Principal | undefined;
}

/** What a client finds in `error.data.leverframe`. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly details?: unknown;
}

const TRPC_CODES = {
  INVALID: "BAD_REQUEST",
  TOO_LARGE: "PAYLOAD_TOO_LARGE",
  CONFLICT: "CONFLICT",
  REUSED_ID: "CONFLICT",
  NOT_FOUND: "NOT_FOUND",
  UNAUTHENTICATED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  RATE_LIMITED: "TOO_MANY_REQUESTS",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
  UNKNOWN_OUTCOME: "GATEWAY_TIMEOUT",
} as const satisfies Record<ErrorCode, TRPCError["code"]>;

/** superjson; what bears no types of its own (`meta`) needs no copy, since a request's input is nobody else's. */
const transformer = {
  serialize: (value: unknown): SuperJSONResult => superjson.serialize(value),
  deserialize(sent: SuperJSONResult): unknown {
    const bare = typeof sent === "object" && sent !== null && "json" in sent && sent.meta === undefined;
    return bare ? sent.json : superjson.deserialize(sent);
  },
};

/** What a procedure says of itself. */
export interface ProcedureMeta {
  readonly rule?: Rule;
}

const t = initTRPC
  .context<RequestContext>()
  .meta<ProcedureMeta>()
  .create({
    transformer,
    errorFormatter({ shape, error }) {
      const { stack: _, ...data } = shape.data;
      const known = knownFault(error);
      if (known !== undefined) {
        const leverframe: ErrorData = {
          code: known.code,
          ...(known.details === undefined ? {} : { details: known.details }),
        };
        return { ...shape, message: known.publicMessage, data: { ...data, leverframe } };
      }
      if (data.httpStatus < 500) return { ...shape, data: { ...data, leverframe: undefined } };
      const requestId = randomUUID();
      return {
        ...shape,
        message: `Something went wrong here. Look for ${requestId} in the log.`,
        data: { ...data, requestId, leverframe: undefined },
      };
    },
  });

function knownFault(error: TRPCError): DomainError | undefined {
  if (isDomainError(error.cause)) return error.cause;
  return error.cause instanceof z.ZodError
    ? new DomainError("INVALID", describeIssues(error.cause))
    : undefined;
}

const withDomainErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok && isDomainError(result.error.cause)) {
    throw new TRPCError({
      code: TRPC_CODES[result.error.cause.code],
      message: result.error.cause.publicMessage,
      cause: result.error.cause,
    });
  }
  return result;
});

export const router = t.router;

/** For anybody: only what a page needs before sign-in. */
export const openProcedure = t.procedure.use(withDomainErrors);

/** For whoever signed in. */
export const signedInProcedure = openProcedure.use(({ ctx, next }) => {
  if (ctx.principal === undefined) {
    throw new TRPCError({
      code: "UNAUTHORIZED",
      message: "Sign in first: npx leverframe login prints a link.",
    });
  }
  return next({ ctx: { principal: ctx.principal } });
});

/** What somebody may do; each includes those before it. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Who may call a procedure. `on` says where the role is needed: in the environment of the input's `env` for `services`
 * (those the input touches; none = a grant for any service there will do), or over the whole control plane.
 */
export interface Rule {
  readonly role: Role;
  readonly on: "environment" | "control";
  readonly services?: (input: unknown) => readonly string[];
}

/** A procedure under a rule; every procedure but the open ones is made with it, so that a test can walk them all. */
export const guarded = (rule: Rule) => signedInProcedure.meta({ rule });

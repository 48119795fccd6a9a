import { randomUUID } from "node:crypto";
import { describeIssues } from "@leverframe/agent/protocol";
import { initTRPC, TRPCError } from "@trpc/server";
import superjson, { type SuperJSONResult } from "superjson";
import * as z from "zod";
import { describeControlNeed, describeNeed, type Need, type Role } from "../domain/access.ts";
import { DomainError, type ErrorCode, isDomainError } from "../domain/errors.ts";
import { type Principal, permits, permitsControl } from "../features/access/principal.ts";

/** One call as the audit log wants it: every mutation, and every refusal. */
export interface ObservedCall {
  readonly principal: Principal | undefined;
  /** Where it came from; undefined where that is not known. */
  readonly address: string | undefined;
  /** `publish.commit` */
  readonly action: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly code?: string;
  /** As it was sent: whoever keeps it chooses what may be kept. */
  readonly input: unknown;
}

/** What every procedure knows of its caller. */
export interface RequestContext {
  /** Asked anew at each call, so that a right which was taken away counts at once. */
  readonly principal: Principal | undefined;
  readonly address?: string | undefined;
  readonly observe?: ((call: ObservedCall) => void) | undefined;
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
  PROPOSED: "PRECONDITION_REQUIRED",
  REFUSED: "PRECONDITION_FAILED",
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

const signedIn = (principal: Principal | undefined): Principal => {
  if (principal !== undefined) return principal;
  throw new TRPCError({
    code: "UNAUTHORIZED",
    message: "Sign in first: npx leverframe login prints a link.",
  });
};

/**
 * Who may call a procedure. `on` says where the role is needed: in the environment of the input's `env` for `services`
 * (those the input touches; none = a grant for any service there will do), over the whole control plane, or nowhere
 * (`self`: whoever signed in, for what is their own). An input that bears an `override` asks for admin.
 */
export interface Rule {
  readonly role: Role;
  readonly on: "environment" | "control" | "self";
  readonly services?: (input: unknown) => readonly string[];
}

/** The right that an input asks for. Throws INVALID where it names no environment. */
export function needOf(rule: Rule, input: unknown): Need {
  const { env, override } = fieldsOf(input);
  if (typeof env !== "string") {
    throw new DomainError("INVALID", "env must be the name of an environment");
  }
  return {
    role: override === undefined ? rule.role : "admin",
    env,
    services: servicesOf(rule, input),
  };
}

/** An input may be anything: what a rule can't read is the mistake of who sent it. */
function servicesOf(rule: Rule, input: unknown): readonly string[] {
  try {
    return rule.services?.(input) ?? [];
  } catch (error) {
    if (isDomainError(error)) throw error;
    throw new DomainError("INVALID", "The request does not name the services that it is about.", {
      cause: error,
    });
  }
}

/** Throws FORBIDDEN with a sentence that says which role is missing, where, and who can give it. */
export function enforce(rule: Rule, principal: Principal, input: unknown): void {
  if (rule.on === "self") return;
  if (rule.on === "control") {
    if (!permitsControl(principal, rule.role)) {
      throw new DomainError("FORBIDDEN", describeControlNeed(rule.role));
    }
    return;
  }
  const need = needOf(rule, input);
  if (!permits(principal, need)) throw new DomainError("FORBIDDEN", describeNeed(need));
}

const fieldsOf = (input: unknown): Readonly<Record<string, unknown>> =>
  typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};

const codeOf = (error: TRPCError): string => (isDomainError(error.cause) ? error.cause.code : error.code);
/** By authorization, or by the interlock. */
const REFUSALS: ReadonlySet<string> = new Set(["UNAUTHORIZED", "UNAUTHENTICATED", "FORBIDDEN", "REFUSED"]);

/** What waits for a second person is done as far as its author can do it. */
const outcomeOf = (code: string | undefined): ObservedCall["outcome"] => {
  if (code === undefined || code === "PROPOSED") return "done";
  return REFUSALS.has(code) ? "refused" : "failed";
};

/** A procedure under a rule; every procedure but the open ones is made with it, so that a test can walk them all. */
export const guarded = (rule: Rule) =>
  openProcedure
    .meta({ rule })
    .use(async ({ ctx, next, path, type, getRawInput }) => {
      const result = await next();
      const code = result.ok ? undefined : codeOf(result.error);
      const outcome = outcomeOf(code);
      if (
        ctx.observe !== undefined &&
        (outcome === "refused" || type === "mutation" || ctx.principal?.breakGlass)
      ) {
        ctx.observe({
          principal: ctx.principal,
          address: ctx.address,
          action: path,
          outcome,
          ...(code === undefined ? {} : { code }),
          input: await getRawInput().catch(() => undefined),
        });
      }
      return result;
    })
    .use(async ({ ctx, next, getRawInput }) => {
      const principal = signedIn(ctx.principal);
      enforce(rule, principal, await getRawInput());
      return next({ ctx: { principal } });
    });

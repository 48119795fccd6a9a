import { TRPCClientError } from "@trpc/client";
import { expect, it } from "vitest";
import { failureOf } from "./errors.ts";

const answered = (data: unknown) =>
  TRPCClientError.from({ error: { message: "text", code: -32000, data } } as never);

it.each([
  [new TypeError("Failed to fetch"), "no-answer"],
  [TRPCClientError.from(new TypeError("Failed to fetch")), "no-answer"],
  [answered({ code: "UNAUTHORIZED", httpStatus: 401 }), "signed-out"],
  [
    answered({ code: "CONFLICT", httpStatus: 409, leverframe: { code: "CONFLICT", details: [] } }),
    "conflict",
  ],
  [answered({ code: "CONFLICT", httpStatus: 409, leverframe: { code: "REUSED_ID" } }), "refused"],
  [answered({ code: "PRECONDITION_FAILED", httpStatus: 412, leverframe: { code: "REFUSED" } }), "refused"],
  [
    answered({ code: "PRECONDITION_REQUIRED", httpStatus: 428, leverframe: { code: "PROPOSED" } }),
    "proposed",
  ],
  [
    answered({ code: "GATEWAY_TIMEOUT", httpStatus: 504, leverframe: { code: "UNKNOWN_OUTCOME" } }),
    "no-answer",
  ],
  [
    answered({ code: "SERVICE_UNAVAILABLE", httpStatus: 503, leverframe: { code: "UNAVAILABLE" } }),
    "unavailable",
  ],
  [answered({ code: "BAD_REQUEST", httpStatus: 400, leverframe: { code: "INVALID" } }), "refused"],
  [answered({ code: "NOT_FOUND", httpStatus: 404, leverframe: { code: "NOT_FOUND" } }), "not-found"],
  [answered({ code: "INTERNAL_SERVER_ERROR", httpStatus: 500 }), "unavailable"],
] as const)("an error is told by its code, never by its text (%#)", (error, kind) => {
  expect(failureOf(error).kind).toBe(kind);
});

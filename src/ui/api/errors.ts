import { TRPCClientError } from "@trpc/client";
import type { ConflictReport, ErrorCode, Finding } from "./contract.ts";

/** What went wrong, as the pages tell them apart. Classified by code, never by text. */
export type Failure =
  | { readonly kind: "signed-out" }
  | { readonly kind: "not-found"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string }
  /** It waits for a second person: done as far as its author can do it. */
  | { readonly kind: "proposed"; readonly message: string }
  | { readonly kind: "conflict"; readonly conflicts: readonly ConflictReport[] }
  /** The control plane answered that it cannot now: etcd or itself. */
  | { readonly kind: "unavailable"; readonly message: string }
  /** No answer came; a write may or may not have happened. */
  | { readonly kind: "no-answer" };

interface ErrorData {
  readonly code?: string;
  readonly httpStatus?: number;
  readonly leverframe?: { readonly code: ErrorCode; readonly details?: unknown };
}

/** Reads any error of a call. Total: what it does not know is `no-answer`. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof TRPCClientError)) return { kind: "no-answer" };
  const data = error.data as ErrorData | null | undefined;
  const { message } = error;
  if (!data) return { kind: "no-answer" };
  switch (data.leverframe?.code) {
    case "CONFLICT":
      return { kind: "conflict", conflicts: (data.leverframe.details ?? []) as readonly ConflictReport[] };
    case "UNAUTHENTICATED":
      return { kind: "signed-out" };
    case "NOT_FOUND":
      return { kind: "not-found", message };
    case "UNKNOWN_OUTCOME":
      return { kind: "no-answer" };
    case "UNAVAILABLE":
    case "RATE_LIMITED":
      return { kind: "unavailable", message };
    case "INVALID":
    case "TOO_LARGE":
    case "FORBIDDEN":
    case "REUSED_ID":
    case "REFUSED":
      return { kind: "refused", message };
    case "PROPOSED":
      return { kind: "proposed", message };
    case undefined:
      break;
  }
  if (data.code === "UNAUTHORIZED") return { kind: "signed-out" };
  return (data.httpStatus ?? 500) >= 500 ? { kind: "unavailable", message } : { kind: "refused", message };
}

/** What the interlock found, where that is why a call was refused. */
export function findingsOf(error: unknown): readonly Finding[] {
  if (!(error instanceof TRPCClientError)) return [];
  const said = (error.data as ErrorData | null | undefined)?.leverframe;
  return said?.code === "REFUSED" && Array.isArray(said.details) ? (said.details as Finding[]) : [];
}

/** The control plane's own code of an error; undefined where it gave none. */
export function codeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  return (error.data as ErrorData | null | undefined)?.leverframe?.code;
}

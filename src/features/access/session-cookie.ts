import { createHmac, timingSafeEqual } from "node:crypto";
import { type Author, authorSchema } from "@leverframe/agent/protocol";
import * as z from "zod";

/** Who asks. People and grants come with the next issue; until then whoever signed in may do everything. */
export interface Principal {
  readonly author: Author;
  /** Milliseconds since 1970; absent for a token, which lasts until it is removed. */
  readonly expiresAtMs?: number;
}

export const SESSION_COOKIE = "leverframe_session";

const payloadSchema = z.object({ author: authorSchema, expiresAtMs: z.number() });

/** `payload.signature`, both base64url. The signature is HMAC-SHA-256, so that any replica with the key can check it. */
export function signSession(principal: Required<Principal>, key: string): string {
  const payload = Buffer.from(JSON.stringify(principal)).toString("base64url");
  return `${payload}.${mac(payload, key).toString("base64url")}`;
}

/** Gives back who signed in; undefined for anything forged, malformed or expired. */
export function readSession(text: string, key: string, nowMs: number): Required<Principal> | undefined {
  const [payload, signature, ...rest] = text.split(".");
  if (!payload || !signature || rest.length > 0 || text.length > 4096) return undefined;
  const given = Buffer.from(signature, "base64url");
  const right = mac(payload, key);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  try {
    const parsed = payloadSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
    return parsed.success && parsed.data.expiresAtMs > nowMs ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const mac = (payload: string, key: string): Buffer => createHmac("sha256", key).update(payload).digest();

/** The value of one cookie of a `Cookie` header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}

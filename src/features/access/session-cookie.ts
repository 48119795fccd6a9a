import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";

/** What a session's cookie says: who signed in, when, and until when. What that person may do is looked up anew each time. */
export interface SessionClaim {
  readonly sid: string;
  readonly person: string;
  /** Milliseconds since 1970. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export const SESSION_COOKIE = "leverframe_session";

const claimSchema = z.object({
  sid: z.string().min(1).max(64),
  person: z.string().min(1).max(200),
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
});

/** `payload.signature`, both base64url. The signature is HMAC-SHA-256, so that any replica with the key can check it. */
export function signSession(claim: SessionClaim, key: string): string {
  const payload = Buffer.from(JSON.stringify(claim)).toString("base64url");
  return `${payload}.${mac(payload, key).toString("base64url")}`;
}

/** Gives back what was signed; undefined for anything forged, malformed or expired. */
export function readSession(text: string, key: string, nowMs: number): SessionClaim | undefined {
  const [payload, signature, ...rest] = text.split(".");
  if (!payload || !signature || rest.length > 0 || text.length > 4096) return undefined;
  const given = Buffer.from(signature, "base64url");
  const right = mac(payload, key);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  try {
    const parsed = claimSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
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

import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";

/** What lets a client open one stream whose request can bear no header: which token, where, and until when. */
export interface StreamTicket {
  /** SHA-256 of the token, which is looked up anew: a revoked token's tickets are worth nothing. */
  readonly hash: string;
  readonly env: string;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const ticketSchema = z.object({
  hash: z.string().length(64),
  env: z.string(),
  service: z.string(),
  expiresAtMs: z.number(),
});

/** `payload.signature`, both base64url; any replica that shares the session key can check it. */
export function signTicket(ticket: StreamTicket, key: string): string {
  const payload = Buffer.from(JSON.stringify(ticket)).toString("base64url");
  return `${payload}.${mac(payload, key).toString("base64url")}`;
}

/** Gives back what was signed; undefined for anything forged, malformed or expired. */
export function readTicket(text: string, key: string, nowMs: number): StreamTicket | undefined {
  const [payload, signature, ...rest] = text.split(".");
  if (!payload || !signature || rest.length > 0 || text.length > 2_048) return undefined;
  const given = Buffer.from(signature, "base64url");
  const right = mac(payload, key);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const parsed = ticketSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  return parsed.success && parsed.data.expiresAtMs > nowMs ? parsed.data : undefined;
}

/** Apart from sessions: a ticket is no cookie, and a cookie no ticket. */
const mac = (payload: string, key: string): Buffer =>
  createHmac("sha256", `stream ticket ${key}`).update(payload).digest();

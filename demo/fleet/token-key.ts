import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import * as z from "zod";

export const ISSUER = "shop";
/** What a caller of inventory needs. */
export const SCOPE = "inventory:reserve";

/** The key that proves order to inventory: it lives beside etcd's data, where its public half is a lever. */
export interface TokenKey {
  /** The private JWK as JSON. */
  readonly secret: string;
  readonly publicJwk: JWK;
}

const jwkSchema = z.looseObject({ kty: z.literal("EC"), kid: z.string(), d: z.string() });

/** Reads it, or makes it. */
export async function tokenKeyIn(data: string): Promise<TokenKey> {
  const file = path.join(data, "shop-token-key.json");
  const kept = await readFile(file, "utf8").catch(() => undefined);
  const secret = kept ?? (await newKey());
  if (kept === undefined) await writeFile(file, secret, { mode: 0o600 });
  const { d: _, ...publicJwk } = jwkSchema.parse(JSON.parse(secret));
  return { secret, publicJwk };
}

async function newKey(): Promise<string> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return JSON.stringify({ ...(await exportJWK(privateKey)), kid: randomUUID(), alg: "ES256" });
}

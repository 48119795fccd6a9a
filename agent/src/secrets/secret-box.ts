import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import type { ConfigSpec } from "../protocol/index.ts";

/** Where a secret belongs: a value that is copied to another place can't be opened there. */
export interface SecretPlace {
  readonly env: string;
  readonly service: string;
  readonly kind: string;
  readonly name: string;
}

/** As it stands in etcd, the journal, SQL and snapshots: base64url, AES-256-GCM. */
export type SealedValue = NonNullable<ConfigSpec["secret"]>;

/** The key of one service in one environment, of one generation. */
export interface ServiceKey {
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KID = /^[A-Za-z0-9._-]{1,64}$/;

const derive = (secret: Buffer, info: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), info, KEY_BYTES));

/** What a service is given of a master key (32 bytes): it opens the secrets of that service there, and no others. */
export const deriveServiceKey = (master: Buffer, env: string, service: string): Buffer =>
  derive(master, `leverframe/secret/v1/${env}/${service}`);

const aad = ({ env, service, kind, name }: SecretPlace): Buffer =>
  Buffer.from(`${env}/${service}/${kind}/${name}`);

/**
 * Closes a text. `unique` (a change set's id) makes the same text look different each time; the nonce is drawn from
 * key, place, text and `unique`, so that no nonce is ever used for two texts, and a repeated request is the same one.
 */
export function sealSecret(
  { kid, key }: ServiceKey,
  place: SecretPlace,
  text: string,
  unique: string,
): SealedValue {
  const iv = createHmac("sha256", derive(key, "leverframe/secret/v1/nonce"))
    .update(JSON.stringify([aad(place).toString(), unique, text]))
    .digest()
    .subarray(0, IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(aad(place));
  const ct = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const [ivText, ctText, tag] = [iv, ct, cipher.getAuthTag()].map((part) => part.toString("base64url"));
  return { kid, iv: ivText ?? "", ct: ctText ?? "", tag: tag ?? "" };
}

/** Opens it. Throws an `Error` that says why it can't be, and never what it holds. */
export function openSecret(keys: readonly ServiceKey[], place: SecretPlace, sealed: SealedValue): string {
  const found = keys.find(({ kid }) => kid === sealed.kid);
  if (found === undefined) throw new Error(`there is no key ${sealed.kid.slice(0, 64)} here`);
  const [iv, ct, tag] = [sealed.iv, sealed.ct, sealed.tag].map((part) => Buffer.from(part, "base64url"));
  if (iv?.length !== IV_BYTES || ct === undefined || tag?.length !== TAG_BYTES)
    throw new Error("it is damaged");
  try {
    const decipher = createDecipheriv("aes-256-gcm", found.key, iv);
    decipher.setAAD(aad(place));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(ct), decipher.final()]).toString("utf8");
  } catch {
    throw new Error(
      `key ${found.kid} does not open it: it was sealed for another service or name, or changed`,
    );
  }
}

/**
 * Reads `kid:key` pairs, by comma or line, the key as base64 of 32 bytes; the first is the newest. Throws an `Error` that
 * names the pair by its place, never its key.
 */
export function parseKeys(text: string): ServiceKey[] {
  const keys = text
    .split(/[\s,]+/)
    .filter((pair) => pair !== "")
    .map((pair, index): ServiceKey => {
      const at = pair.indexOf(":");
      const kid = pair.slice(0, Math.max(0, at));
      const key = Buffer.from(pair.slice(at + 1), "base64url");
      if (!KID.test(kid) || key.length !== KEY_BYTES) {
        throw new Error(`key ${index + 1} is not kid:base64 of ${KEY_BYTES} bytes`);
      }
      return { kid, key };
    });
  const twice = keys.find(({ kid }, index) => keys.findIndex((other) => other.kid === kid) !== index);
  if (twice !== undefined) throw new Error(`key ${twice.kid} is given twice`);
  return keys;
}

/** The form that {@link parseKeys} reads. */
export const formatKeys = (keys: readonly ServiceKey[]): string =>
  keys.map(({ kid, key }) => `${kid}:${key.toString("base64url")}`).join(",");

import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { liveKey } from "@leverframe/agent/protocol";
import { formatKeys, parseKeys, type ServiceKey } from "@leverframe/agent/secrets";
import { ulid } from "ulid";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import type { Publisher } from "../features/publish/publish-service.ts";
import type { MasterKeys } from "../features/secrets/master-keys.ts";
import { sealEdits } from "../features/secrets/seal-edits.ts";
import { createSecretService, type SecretService } from "../features/secrets/secret-service.ts";
import type { Rooms } from "./environment-rooms.ts";
import { keepSecret } from "./local-secrets.ts";

const newKey = (kids: ReadonlySet<string>): ServiceKey => {
  let number = kids.size + 1;
  while (kids.has(`k${number}`)) number += 1;
  return { kid: `k${number}`, key: randomBytes(32) };
};

const read = (text: string, where: string): ServiceKey[] => {
  try {
    return parseKeys(text);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};

/**
 * The master keys: from LEVERFRAME_MASTER_KEYS, or the file that LEVERFRAME_MASTER_KEYS_FILE names, else made and kept
 * (0600) in the data directory. Throws an `Error` that says where a key can't be read.
 */
export async function openMasterKeys(environment: Environment): Promise<MasterKeys> {
  const { LEVERFRAME_MASTER_KEYS, LEVERFRAME_MASTER_KEYS_FILE, LEVERFRAME_DATA } = environment;
  if (LEVERFRAME_MASTER_KEYS !== undefined) {
    return fixed(read(LEVERFRAME_MASTER_KEYS, "LEVERFRAME_MASTER_KEYS"), "LEVERFRAME_MASTER_KEYS");
  }
  if (LEVERFRAME_MASTER_KEYS_FILE !== undefined) {
    const text = await readFile(LEVERFRAME_MASTER_KEYS_FILE, "utf8");
    return fixed(read(text, LEVERFRAME_MASTER_KEYS_FILE), LEVERFRAME_MASTER_KEYS_FILE);
  }
  const file = path.resolve(LEVERFRAME_DATA, "master-keys");
  const { value } = await keepSecret(file, () => formatKeys([newKey(new Set())]));
  let keys = read(value, file);
  return {
    all: () => keys,
    current: () => newest(keys),
    async renew() {
      const made = newKey(new Set(keys.map(({ kid }) => kid)));
      const next = [made, ...keys];
      const temporary = `${file}.${process.pid}`;
      await writeFile(temporary, `${formatKeys(next)}\n`, { mode: 0o600, flush: true });
      await rename(temporary, file);
      keys = next;
      return made.kid;
    },
  };
}

function fixed(keys: readonly ServiceKey[], where: string): MasterKeys {
  return {
    all: () => keys,
    current: () => newest(keys),
    renew: () =>
      Promise.reject(
        new DomainError(
          "INVALID",
          `Keys come from ${where}: put a new one first there (kid:base64 of 32 bytes) and restart each control plane.`,
        ),
      ),
  };
}

function newest(keys: readonly ServiceKey[]): ServiceKey {
  const [first] = keys;
  if (first === undefined)
    throw new DomainError("INVALID", "There is no master key: secrets can't be closed.");
  return first;
}

/** Closes secrets before anything else sees a request: approvals and schedules keep requests in etcd. */
export const sealing = (publisher: Publisher, keys: MasterKeys): Publisher => ({
  publish: async (request, terms) => publisher.publish(sealEdits(request, keys), terms),
  dryRun: async (request, terms) => publisher.dryRun(sealEdits(request, keys), terms),
});

/** What admins may do with secrets, over what stands in memory. */
export const openSecrets = (
  rooms: Pick<Rooms, "room">,
  publisher: Publisher,
  keys: MasterKeys,
): SecretService =>
  createSecretService({
    keys,
    live: (env) => rooms.room(env).state.live.values(),
    find: (env, ref) => rooms.room(env).state.live.get(liveKey(env, ref)),
    publish: (request) => publisher.publish(request),
    newId: () => ulid(),
  });

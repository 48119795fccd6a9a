import { environmentName, type Head } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";

/** What environments need of etcd. */
export interface EnvironmentStore {
  list(): Promise<readonly string[]>;
  /** Writes the environment's record and, in its own etcd, the head of every service, where they are missing. */
  create(env: string, head: Head): Promise<"created" | "stood">;
}

/** A fresh id for one life of the data. */
export const freshEpoch = (random: () => Uint8Array): string =>
  [...random()].map((byte) => (byte % 36).toString(36)).join("");

const FALLBACK_SPREAD_MS = 0;

/** Makes an environment: its record, and the head that says which life of the data agents look at. */
export async function createEnvironment(
  store: EnvironmentStore,
  env: string,
  epoch: string,
): Promise<"created" | "stood"> {
  const name = environmentName.safeParse(env);
  if (!name.success)
    throw new DomainError("INVALID", name.error.issues[0]?.message ?? "environment is not a name");
  return store.create(env, { epoch, keyCount: 0, receiptSpreadMs: FALLBACK_SPREAD_MS });
}

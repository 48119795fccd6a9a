import { type Etcd, Mirror } from "@leverframe/agent/etcd";
import { environmentKey, environmentsRoot } from "@leverframe/agent/protocol";
import {
  DEFAULT_SETTINGS,
  type EnvironmentSettings,
  readSettings,
  writeSettings,
} from "../../domain/environment-settings.ts";
import { DomainError } from "../../domain/errors.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";
import { parseOnce } from "../../domain/stored-entry.ts";
import type { Log } from "../log.ts";

const settingsOf = parseOnce((entry): EnvironmentSettings => readSettings(entry.value.toString()));

const read = (entry: StoredEntry | undefined): EnvironmentSettings => {
  const parsed = entry && settingsOf(entry);
  return parsed?.ok === true ? parsed.value : DEFAULT_SETTINGS;
};

/** The settings of an environment, read now from the home etcd. */
export async function loadSettings(home: Etcd, env: string): Promise<EnvironmentSettings> {
  return read(await home.get(environmentKey(env)));
}

/** Settings of every environment, followed in memory; what was known before etcd went away still counts. */
export interface FollowedSettings {
  of(env: string): EnvironmentSettings;
  ready(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

export function followSettings(home: Etcd, log: Log): FollowedSettings {
  const mirror = new Mirror({
    etcd: home,
    prefix: environmentsRoot,
    name: "environments",
    check: { kind: "newest" },
    onBatch: () => undefined,
    onError: (error) => log.error({ err: error }, "the follower of the environments' settings failed"),
  });
  mirror.start();
  return {
    of: (env) => read(mirror.entries.get(environmentKey(env))),
    ready: (deadlineMs) => mirror.ready(deadlineMs),
    close: () => mirror.close(),
  };
}

const ATTEMPTS = 5;

/** Changes settings by what stands; whoever changes them at the same moment is not overwritten. */
export async function changeSettings(
  home: Etcd,
  env: string,
  change: (standing: EnvironmentSettings) => unknown,
): Promise<EnvironmentSettings> {
  const key = environmentKey(env);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await home.get(key);
    if (found === undefined) throw new DomainError("NOT_FOUND", `There is no environment ${env}.`);
    const value = writeSettings(found.value.toString(), change(read(found)));
    const { succeeded } = await home.txn({
      compare: [{ key, target: "mod", equals: found.modRevision }],
      success: [{ put: key, value }],
    });
    if (succeeded) return readSettings(value);
  }
  throw new DomainError("UNAVAILABLE", `The settings of ${env} are being changed by others. Try again.`);
}

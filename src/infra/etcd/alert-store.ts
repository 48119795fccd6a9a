import { type Etcd, EtcdError } from "@leverframe/agent/etcd";
import { alertSettingsKey, alertStateKey } from "@leverframe/agent/protocol";
import {
  type AlertSettings,
  alertSettings,
  DEFAULT_ALERT_SETTINGS,
  parseAlertSettings,
} from "../../domain/alerts/index.ts";
import { DomainError } from "../../domain/errors.ts";
import type { AlertBook, AlertStore } from "../../features/alerts/alert-ports.ts";

const ATTEMPTS = 5;
const EMPTY: AlertBook = { alerts: [], told: [], problems: [], deliveries: [] };
/** etcd takes requests of 1.5 MiB. */
const MOST_BYTES = 1_000_000;

/** Alerts' settings and books in the home etcd. */
export function createAlertStore(home: Etcd): AlertStore {
  return {
    settings: (env) => answered(async () => readSettings((await home.get(alertSettingsKey(env)))?.value)),
    change: (env, change) =>
      answered(async () => {
        const key = alertSettingsKey(env);
        for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
          const found = await home.get(key);
          const settings = parseAlertSettings(change(readSettings(found?.value)));
          const value = bounded(JSON.stringify(settings));
          const { succeeded } = await home.txn({
            compare: [{ key, target: "mod", equals: found?.modRevision ?? 0 }],
            success: [{ put: key, value }],
          });
          if (succeeded) return settings;
        }
        throw new DomainError("UNAVAILABLE", `The alerts of ${env} are being set by others. Try again.`);
      }),
    book: (env) =>
      answered(async () => {
        const found = await home.get(alertStateKey(env));
        return { book: readBook(found?.value), modRevision: found?.modRevision ?? 0 };
      }),
    keep: (env, before, book, fence) =>
      answered(async () => {
        const key = alertStateKey(env);
        const result = await home.txn({
          compare: [
            { key, target: "mod", equals: before },
            { key: fence.key, target: "create", equals: fence.createRevision },
          ],
          success: [{ put: key, value: bounded(JSON.stringify(book)) }],
        });
        return result.succeeded ? result.revision : undefined;
      }),
  };
}

function bounded(value: string): string {
  if (Buffer.byteLength(value) <= MOST_BYTES) return value;
  throw new DomainError(
    "TOO_LARGE",
    "The alerts of an environment hold at most 1 MB: drop some rules or silences.",
  );
}

/** What another release wrote and can't be read here counts as what ships; it is not overwritten by looking. */
function readSettings(value: Buffer | undefined): AlertSettings {
  if (value === undefined) return DEFAULT_ALERT_SETTINGS;
  try {
    const read = alertSettings.safeParse(JSON.parse(value.toString()));
    if (read.success) return read.data;
  } catch {
    // Falls through to the words below.
  }
  throw new DomainError(
    "UNAVAILABLE",
    "The alerts' settings were written by another release, and can't be read by this one.",
  );
}

/** A book is ours alone, and only memory: one that can't be read begins anew. */
function readBook(value: Buffer | undefined): AlertBook {
  if (value === undefined) return EMPTY;
  try {
    const read: unknown = JSON.parse(value.toString());
    if (typeof read !== "object" || read === null) return EMPTY;
    return { ...EMPTY, ...read };
  } catch {
    return EMPTY;
  }
}

async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    throw new DomainError("UNAVAILABLE", "etcd can't be reached: alerts are neither shown nor changed.", {
      cause: error,
    });
  }
}

import { KINDS, type Kind } from "./names.ts";

/**
 * The layout of etcd (DESIGN §4). Every key is ASCII; names are validated before they come here, so that no part
 * can hold a slash.
 */
export const ROOT = "/leverframe/v1";
export const HEAD = "~head";

export const environmentPrefix = (env: string): string => `${ROOT}/env/${env}/`;
export const liveRoot = (env: string): string => `${environmentPrefix(env)}live/`;
export const livePrefix = (env: string, service: string): string => `${liveRoot(env)}${service}/`;
export const headKey = (env: string, service: string): string => `${livePrefix(env, service)}${HEAD}`;
export const liveKey = (env: string, ref: { service: string; kind: string; name: string }): string =>
  `${livePrefix(env, ref.service)}${ref.kind}/${ref.name}`;
export const registryRoot = (env: string): string => `${environmentPrefix(env)}registry/`;
export const registryPrefix = (env: string, service: string): string => `${registryRoot(env)}${service}/`;
export const registryKey = (env: string, service: string, instance: string): string =>
  `${registryPrefix(env, service)}${instance}`;
export const receiptsRoot = (env: string): string => `${environmentPrefix(env)}receipts/`;
export const receiptsPrefix = (env: string, service: string): string => `${receiptsRoot(env)}${service}/`;
export const receiptKey = (env: string, service: string, instance: string): string =>
  `${receiptsPrefix(env, service)}${instance}`;
export const journalRoot = (env: string): string => `${environmentPrefix(env)}journal/`;
export const journalKey = (env: string, changeSetId: string): string => `${journalRoot(env)}${changeSetId}`;
export const controlRoot = `${ROOT}/control/`;
export const environmentsRoot = `${controlRoot}environments/`;
export const environmentKey = (env: string): string => `${environmentsRoot}${env}`;
/** Held under the lease of the control plane that does what only one may do. */
export const leaderKey = `${controlRoot}leader`;
/** Grants, token hashes, people and revocations: what authorization needs. */
export const accessRoot = `${controlRoot}access/`;
/** Change sets that wait for their time. */
export const schedulesRoot = (env: string): string => `${controlRoot}schedules/${env}/`;
export const scheduleKey = (env: string, changeSetId: string): string =>
  `${schedulesRoot(env)}${changeSetId}`;
/** Change sets that wait for a second person, and those that went ahead without one and wait for a look. */
export const approvalsRoot = (env: string): string => `${controlRoot}approvals/${env}/`;
export const approvalKey = (env: string, changeSetId: string): string =>
  `${approvalsRoot(env)}${changeSetId}`;
/** Rules, receivers, routes and silences of an environment's alerts, and how its alerts stand. */
export const alertSettingsKey = (env: string): string => `${controlRoot}alerts/${env}/settings`;
export const alertStateKey = (env: string): string => `${controlRoot}alerts/${env}/state`;
/** Plain registrations of clients that know nothing of us: `/services/{service}/{host:port}`. */
export const foreignRoot = "/services/";

/** What a key under `env/{env}/` holds. `other` is a key that a newer release wrote, or a stranger. */
export type ParsedKey =
  | { readonly at: "head"; readonly env: string; readonly service: string }
  | {
      readonly at: "live";
      readonly env: string;
      readonly service: string;
      readonly kind: Kind;
      readonly name: string;
    }
  | {
      readonly at: "unknown-kind";
      readonly env: string;
      readonly service: string;
      readonly kind: string;
      readonly name: string;
    }
  | { readonly at: "registry"; readonly env: string; readonly service: string; readonly instance: string }
  | { readonly at: "receipt"; readonly env: string; readonly service: string; readonly instance: string }
  | { readonly at: "journal"; readonly env: string; readonly changeSetId: string }
  | { readonly at: "other" };

const other: ParsedKey = { at: "other" };
const known = new Set<string>(KINDS);
const envRoot = `${ROOT}/env/`;

/** Reads a key of the layout. Never throws: what it does not know is `other`. */
export function parseKey(key: string): ParsedKey {
  if (!key.startsWith(envRoot)) return other;
  const [env, room, first, second, third, ...rest] = key.slice(envRoot.length).split("/");
  if (!env || !first || rest.length > 0) return other;
  if (room === "live") {
    if (second === HEAD && third === undefined) return { at: "head", env, service: first };
    if (!second || !third) return other;
    return known.has(second)
      ? { at: "live", env, service: first, kind: second as Kind, name: third }
      : { at: "unknown-kind", env, service: first, kind: second, name: third };
  }
  if (third !== undefined) return other;
  if (room === "journal" && second === undefined) return { at: "journal", env, changeSetId: first };
  if (!second) return other;
  if (room === "registry") return { at: "registry", env, service: first, instance: second };
  if (room === "receipts") return { at: "receipt", env, service: first, instance: second };
  return other;
}

/** Reads `/services/{service}/{host:port}`; undefined for anything else. */
export function parseForeignKey(key: string): { service: string; address: string } | undefined {
  if (!key.startsWith(foreignRoot)) return undefined;
  const [service, address, ...rest] = key.slice(foreignRoot.length).split("/");
  return service && address && rest.length === 0 ? { service, address } : undefined;
}

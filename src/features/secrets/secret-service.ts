import {
  type ConfigSpec,
  EVERY_SERVICE,
  type Kind,
  parseKey,
  type ResourceRef,
} from "@leverframe/agent/protocol";
import { deriveServiceKey, formatKeys, openSecret, type SealedValue } from "@leverframe/agent/secrets";
import type { ChangeSetRequest, EditRequest } from "../../domain/change-set-request.ts";
import { readResource } from "../../domain/environment-state.ts";
import { DomainError } from "../../domain/errors.ts";
import { bodyOf, isRecord } from "../../domain/stored-body.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";
import type { MasterKeys } from "./master-keys.ts";

export interface SecretOptions {
  readonly keys: MasterKeys;
  /** What stands now. */
  readonly live: (env: string) => Iterable<StoredEntry>;
  readonly find: (env: string, ref: ResourceRef) => StoredEntry | undefined;
  readonly publish: (request: ChangeSetRequest) => Promise<{ readonly revision: number }>;
  readonly newId: () => string;
}

export interface Revealed {
  readonly value: string;
  readonly candidate?: string;
  readonly revision: number;
}

const EDITS_IN_ONE = 50;

/** What is done with secrets beside publishing them. Who asks, and that it is noted, is the caller's. */
export function createSecretService({ keys, live, find, publish, newId }: SecretOptions) {
  const open = (env: string, ref: ResourceRef, sealed: SealedValue): string => {
    const ours = keys.all().map(({ kid, key }) => ({ kid, key: deriveServiceKey(key, env, ref.service) }));
    try {
      return openSecret(ours, { env, service: ref.service, kind: ref.kind, name: ref.name }, sealed);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new DomainError("INVALID", `${ref.service}/config/${ref.name} can't be opened: ${why}.`);
    }
  };

  return {
    /** The value of a secret config as it stands. Throws NOT_FOUND, or INVALID for one that is not secret or can't be opened. */
    reveal(env: string, service: string, name: string): Revealed {
      const ref = { service, kind: "config" as const, name };
      const entry = find(env, ref);
      if (entry === undefined)
        throw new DomainError("NOT_FOUND", `There is no ${service}/config/${name} in ${env}.`);
      const [spec, candidate] = specsOf(entry);
      if (spec?.secret === undefined) {
        throw new DomainError("INVALID", `${service}/config/${name} is not secret: leverframe get shows it.`);
      }
      return {
        value: open(env, ref, spec.secret),
        ...(candidate?.secret === undefined ? {} : { candidate: open(env, ref, candidate.secret) }),
        revision: entry.modRevision,
      };
    },

    /** What a service needs to open its own: `LEVERFRAME_SECRET_KEYS`. Throws INVALID for `*`. */
    serviceKeys(env: string, service: string): string {
      if (service === EVERY_SERVICE)
        throw new DomainError("INVALID", "Name one service: each has keys of its own.");
      return formatKeys(
        keys.all().map(({ kid, key }) => ({ kid, key: deriveServiceKey(key, env, service) })),
      );
    },

    /** Makes a newer master key. Services need their new keys before anything is closed with it. */
    renew: (): Promise<string> => keys.renew(),

    /** Closes anew, with the newest key, what older ones closed. Gives the names; a person's edit meanwhile wins. */
    async reseal(env: string, author: ChangeSetRequest["author"]): Promise<readonly string[]> {
      const { kid } = keys.current();
      const byService = new Map<string, EditRequest[]>();
      for (const entry of live(env)) {
        const place = parseKey(entry.key);
        if (place.at !== "live" || place.kind !== "config") continue;
        const body = readResource("config", entry);
        const [spec, candidate] = specsOf(entry);
        const old = [spec, candidate].some((one) => one?.secret !== undefined && one.secret.kid !== kid);
        if (!body.ok || !old || spec === undefined) continue;
        const ref: ResourceRef = { service: place.service, kind: "config" satisfies Kind, name: place.name };
        const clear = (one: ConfigSpec): unknown =>
          one.secret === undefined ? one : { format: one.format, value: open(env, ref, one.secret) };
        const { rollout, meta } = body.value;
        const edits = byService.get(place.service) ?? [];
        byService.set(place.service, edits);
        edits.push({
          ...ref,
          op: "put",
          secret: true,
          spec: clear(spec),
          ...(rollout === undefined || candidate === undefined
            ? {}
            : { rollout: { ...rollout, candidate: clear(candidate) } }),
          ...(meta.expiry === undefined
            ? {}
            : { expiry: { at: meta.expiry.at, restore: clearEnd(meta.expiry.restore, clear) } }),
          baseRevision: entry.modRevision,
        });
      }
      const names: string[] = [];
      const all = [...byService.values()].flat();
      for (let from = 0; from < all.length; from += EDITS_IN_ONE) {
        const edits = all.slice(from, from + EDITS_IN_ONE);
        await publish({ env, id: newId(), author, reason: `Secrets closed anew with key ${kid}`, edits });
        names.push(...edits.map(({ service, name }) => `${service}/config/${name}`));
      }
      return names;
    },
  };
}

export type SecretService = ReturnType<typeof createSecretService>;

type Json = NonNullable<NonNullable<EditRequest["expiry"]>["restore"]>;

const clearEnd = (restore: unknown, clear: (spec: ConfigSpec) => unknown): Json =>
  (isRecord(restore) && isRecord(restore["secret"])
    ? clear(restore as unknown as ConfigSpec)
    : restore) as Json;

/** Spec and candidate of a stored config. */
function specsOf(entry: StoredEntry): [ConfigSpec | undefined, ConfigSpec | undefined] {
  const body = bodyOf(entry);
  const rollout = body?.["rollout"];
  const spec = isRecord(body?.["spec"]) ? (body["spec"] as unknown as ConfigSpec) : undefined;
  const candidate =
    isRecord(rollout) && isRecord(rollout["candidate"])
      ? (rollout["candidate"] as unknown as ConfigSpec)
      : undefined;
  return [spec, candidate];
}

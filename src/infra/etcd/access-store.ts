import { type Etcd, EtcdError, Mirror, type MirrorBatch } from "@leverframe/agent/etcd";
import { accessRoot } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";
import { type AccessStore, codeSchema, personSchema } from "../../features/access/access-records.ts";
import type { Log } from "../log.ts";
import { AccessIndex, accessKey, readRecord } from "./access-index.ts";

/** How long a write waits for this process's own mirror to have it. */
const SEEN_WITHIN_MS = 3_000;
const ATTEMPTS = 5;

export interface OpenAccessStore extends AccessStore {
  ready(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

/** People, grants, tokens and revocations in etcd, mirrored: what was known before etcd went away still counts. */
export function openAccessStore(etcd: Etcd, log: Log): OpenAccessStore {
  const index = new AccessIndex();
  const listeners = new Set<() => void>();
  const mirror = new Mirror({
    etcd,
    prefix: accessRoot,
    name: "access",
    check: { kind: "newest" },
    onBatch(batch) {
      applyBatch(index, batch);
      for (const listener of listeners) listener();
    },
    onError: (error) => log.error({ err: error }, "the follower of access failed"),
  });
  mirror.start();

  /** Whoever was answered must find it so here: revocations and grants count at once. */
  const seen = async (revision: number): Promise<void> => {
    if (mirror.revision >= revision) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(late);
        listeners.delete(look);
        resolve();
      };
      const look = (): void => {
        if (mirror.revision >= revision) done();
      };
      const late = setTimeout(() => {
        log.warn({ revision, at: mirror.revision }, "access was written, but its follower is behind");
        done();
      }, SEEN_WITHIN_MS);
      listeners.add(look);
    });
  };
  const put = async (key: string, record: object): Promise<void> => {
    await seen((await etcd.put(key, JSON.stringify(record))).revision);
  };
  const readCode: AccessStore["readCode"] = async (hash) => {
    const found = await etcd.get(accessKey("codes", hash));
    const read = found && codeSchema.safeParse(readRecord(found.value));
    return read?.success ? read.data : undefined;
  };

  return answering({
    person: (id) => index.person(id),
    personByEmail: (email) => index.personByEmail(email),
    people: () => index.people(),
    grantsOf: (kind, id) => index.grantsOf(kind, id),
    grants: () => index.grants(),
    token: (hash) => index.token(hash),
    tokens: () => index.tokens(),
    sessionRevoked: (sid) => index.sessionRevoked(sid),
    async putCode(hash, record, ttlSeconds) {
      const lease = await etcd.grantLease(ttlSeconds);
      await etcd.put(accessKey("codes", hash), JSON.stringify(record), { lease: lease.id });
    },
    readCode,
    async takeCode(hash) {
      const key = accessKey("codes", hash);
      const found = await etcd.get(key);
      if (found === undefined) return undefined;
      const taken = await etcd.txn({
        compare: [{ key, target: "mod", equals: found.modRevision }],
        success: [{ delete: key }],
      });
      const read = codeSchema.safeParse(readRecord(found.value));
      return taken.succeeded && read.success ? read.data : undefined;
    },
    async addPerson({ id, ...person }, grants) {
      const key = accessKey("people", id);
      const made = await etcd.txn({
        compare: [{ key, target: "create", equals: 0 }],
        success: [
          { put: key, value: JSON.stringify(person) },
          ...grants.map(({ id: grantId, ...grant }) => ({
            put: accessKey("grants", grantId),
            value: JSON.stringify(grant),
          })),
        ],
      });
      await seen(made.revision);
      return made.succeeded;
    },
    async changePerson(id, change) {
      const key = accessKey("people", id);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const found = await etcd.get(key);
        const read = found && personSchema.safeParse(readRecord(found.value));
        if (found === undefined || !read?.success)
          throw new DomainError("NOT_FOUND", `There is nobody ${id}.`);
        const changed = await etcd.txn({
          compare: [{ key, target: "mod", equals: found.modRevision }],
          success: [{ put: key, value: JSON.stringify(change(read.data)) }],
        });
        if (changed.succeeded) return seen(changed.revision);
      }
      throw new DomainError("UNAVAILABLE", `${id} is being changed by others. Try again.`);
    },
    putGrant: ({ id, ...grant }) => put(accessKey("grants", id), grant),
    async removeGrant(id) {
      const gone = await etcd.delete({ key: accessKey("grants", id) });
      await seen(gone.revision);
      return gone.deleted > 0;
    },
    async putToken(hash, record, options = {}) {
      const done = await etcd.txn({
        compare: [],
        success: [
          ...(options.replaces ?? []).map((old) => ({ delete: accessKey("tokens", old) })),
          { put: accessKey("tokens", hash), value: JSON.stringify(record) },
        ],
      });
      await seen(done.revision);
    },
    async removeToken(hash) {
      await seen((await etcd.delete({ key: accessKey("tokens", hash) })).revision);
    },
    async revokeSession(sid, ttlSeconds) {
      const lease = await etcd.grantLease(ttlSeconds);
      await seen((await etcd.put(accessKey("revoked-sessions", sid), "{}", { lease: lease.id })).revision);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ready: (deadlineMs) => mirror.ready(deadlineMs),
    close: () => mirror.close(),
  });
}

const WRITES = [
  "putCode",
  "readCode",
  "takeCode",
  "addPerson",
  "changePerson",
  "putGrant",
  "removeGrant",
  "putToken",
  "removeToken",
  "revokeSession",
] as const satisfies readonly (keyof AccessStore)[];

/** Whoever asks for a change while etcd is away is told so. */
function answering(store: OpenAccessStore): OpenAccessStore {
  const told =
    (work: (...given: never[]) => Promise<unknown>) =>
    async (...given: never[]): Promise<unknown> => {
      try {
        return await work(...given);
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        throw new DomainError("UNAVAILABLE", "etcd can't be reached: nothing was changed. Try again.", {
          cause: error,
        });
      }
    };
  const wrapped = WRITES.map((name) => [name, told(store[name])]);
  return { ...store, ...(Object.fromEntries(wrapped) as Pick<OpenAccessStore, (typeof WRITES)[number]>) };
}

function applyBatch(index: AccessIndex, batch: MirrorBatch): void {
  if (batch.kind === "list") {
    index.clear();
    for (const entry of batch.entries.values()) index.put(entry);
    return;
  }
  for (const change of batch.changes) {
    if (change.type === "put") index.put(change.entry);
    else index.drop(change.key);
  }
}

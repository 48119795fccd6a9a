import {
  type Etcd,
  type KeyValue,
  Mirror,
  type MirrorBatch,
  type MirrorStatus,
} from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  foreignRoot,
  headKey,
  liveKey,
  liveRoot,
  receiptsRoot,
  registryRoot,
} from "@leverframe/agent/protocol";
import type { PublishView } from "../../domain/change-set.ts";
import { DEFAULT_SETTINGS, type EnvironmentSettings } from "../../domain/environment-settings.ts";
import { type EnvironmentState, readHead } from "../../domain/environment-state.ts";
import { monotonicMs } from "../clock.ts";
import type { Log } from "../log.ts";
import { interlockViewOf } from "./interlock-view.ts";
import { type Room, ScopeKeys } from "./scope-keys.ts";

/** One batch of one room, as it was applied. */
export interface EnvironmentBatch {
  readonly env: string;
  readonly room: Room;
  readonly batch: MirrorBatch;
  /** Monotonic milliseconds at which it was seen. */
  readonly seenMs: number;
}

export interface EnvironmentMirrors {
  readonly env: string;
  readonly state: EnvironmentState;
  /** What publishing needs, from memory; undefined unless every room follows its etcd. */
  view(): PublishView | undefined;
  /** The worst of the rooms. */
  status(): MirrorStatus;
  ready(deadlineMs: number): Promise<void>;
  subscribe(listener: (batch: EnvironmentBatch) => void): () => void;
  close(): Promise<void>;
}

const NOTHING: ReadonlyMap<string, KeyValue> = new Map();

const ROOMS = (env: string, foreign: boolean): readonly { room: Room; prefix: string }[] => [
  { room: "live", prefix: liveRoot(env) },
  { room: "registry", prefix: registryRoot(env) },
  { room: "receipts", prefix: receiptsRoot(env) },
  ...(foreign ? [{ room: "foreign" as const, prefix: foreignRoot }] : []),
];

/** Follows one environment, one stream a room. Starts at once; `close` leaves nothing behind. */
export function followEnvironment(options: {
  readonly env: string;
  readonly etcd: Etcd;
  readonly foreign: boolean;
  /** Freeze windows, for the interlock; left out, there are none. */
  readonly settings?: () => EnvironmentSettings;
  readonly log: Log;
}): EnvironmentMirrors {
  const { env, etcd, log } = options;
  const listeners = new Set<(batch: EnvironmentBatch) => void>();
  const counts = new ScopeKeys(env);
  const mirrors = new Map<Room, Mirror>();
  for (const { room, prefix } of ROOMS(env, options.foreign)) {
    const mirror = new Mirror({
      etcd,
      prefix,
      name: `${env}/${room}`,
      check: { kind: "newest" },
      onBatch(batch) {
        const seenMs = monotonicMs();
        counts.apply(room, batch);
        for (const listener of listeners) listener({ env, room, batch, seenMs });
      },
      onError: (error) => log.error({ err: error, env, room }, "a follower of this environment failed"),
    });
    mirrors.set(room, mirror);
    mirror.start();
  }
  const entries = (room: Room): ReadonlyMap<string, KeyValue> => mirrors.get(room)?.entries ?? NOTHING;
  const state: EnvironmentState = {
    env,
    get revision() {
      return Math.max(...[...mirrors.values()].map((mirror) => mirror.revision));
    },
    get live() {
      return entries("live");
    },
    get registry() {
      return entries("registry");
    },
    get receipts() {
      return entries("receipts");
    },
    get foreign() {
      return entries("foreign");
    },
  };
  const view = viewOf(state, counts, options.settings ?? (() => DEFAULT_SETTINGS));
  const status = (): MirrorStatus => worst([...mirrors.values()].map((mirror) => mirror.status));
  return {
    env,
    state,
    status,
    view: () => (status().state === "following" ? view : undefined),
    async ready(deadlineMs) {
      await Promise.all([...mirrors.values()].map((mirror) => mirror.ready(deadlineMs)));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await Promise.all([...mirrors.values()].map((mirror) => mirror.close()));
      listeners.clear();
    },
  };
}

function viewOf(
  state: EnvironmentState,
  counts: ScopeKeys,
  settings: () => EnvironmentSettings,
): PublishView {
  return {
    interlock: interlockViewOf(state, counts, settings),
    current: (ref) => state.live.get(liveKey(state.env, ref)),
    head(scope) {
      const entry = state.live.get(headKey(state.env, scope));
      const head = entry && readHead(entry);
      return entry && head?.ok === true ? { head: head.value, modRevision: entry.modRevision } : undefined;
    },
    keyCount: (scope) => counts.of("live", scope),
    liveInstances: (scope) =>
      scope === EVERY_SERVICE ? counts.total("registry") : counts.of("registry", scope),
    targetCount: (scope) =>
      scope === EVERY_SERVICE ? counts.total("receipts") : counts.of("receipts", scope),
  };
}

const SEVERITY: readonly MirrorStatus["state"][] = ["following", "connecting", "stale", "closed"];

function worst(statuses: readonly MirrorStatus[]): MirrorStatus {
  const [first, ...rest] = statuses;
  if (first === undefined) throw new Error("an environment has at least one room");
  return rest.reduce(
    (found, status) => (SEVERITY.indexOf(status.state) > SEVERITY.indexOf(found.state) ? status : found),
    first,
  );
}

import type { Etcd } from "@leverframe/agent/etcd";
import { liveKey, parseKey, type ResourceRef } from "@leverframe/agent/protocol";
import type { TargetReport } from "../domain/convergence.ts";
import type { EnvironmentSettings } from "../domain/environment-settings.ts";
import type { EnvironmentState } from "../domain/environment-state.ts";
import { fleetRows, type InstanceState, type ServiceRow } from "../domain/fleet.ts";
import {
  type ChangeMemory,
  type LeverFilter,
  type LeverRow,
  leverConvergence,
  leverRow,
  leverRows,
} from "../domain/levers.ts";
import { indexTargets, type TargetIndex } from "../domain/targets.ts";
import type { JournalMemory } from "../features/convergence/journal-memory.ts";
import type { PropagationTimings } from "../features/convergence/propagation-timings.ts";
import { EnvironmentFeed, type Stale } from "../features/events/environment-feed.ts";
import { AbsenceTracker } from "../features/fleet/absence.ts";
import { monotonicMs } from "../infra/clock.ts";
import {
  type EnvironmentBatch,
  type EnvironmentMirrors,
  followEnvironment,
} from "../infra/etcd/environment-mirrors.ts";
import type { Log } from "../infra/log.ts";

const SWEEP_EVERY_MS = 10_000;

export interface RoomOptions {
  readonly env: string;
  readonly etcd: Etcd;
  readonly foreign: boolean;
  readonly settings: () => EnvironmentSettings;
  readonly log: Log;
  readonly serverId: string;
  readonly timings: PropagationTimings;
  readonly journals: JournalMemory;
}

/** One environment as this process knows it: what stands, who is missing, and what consoles are told. */
export class EnvironmentRoom {
  readonly env: string;
  readonly mirrors: EnvironmentMirrors;
  readonly feed: EnvironmentFeed;
  readonly #options: RoomOptions;
  readonly #absence = new AbsenceTracker();
  readonly #memory: ChangeMemory;
  #index: TargetIndex | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #staleSinceMs: number | undefined;

  constructor(options: RoomOptions) {
    this.env = options.env;
    this.#options = options;
    this.#memory = {
      note: (id) => options.journals.peek(options.env, id),
      timings: (id) => options.timings.of(id),
    };
    this.mirrors = followEnvironment(options);
    this.feed = new EnvironmentFeed({
      state: this.state,
      rows: (services) => this.rows(services),
      stale: () => this.stale(),
      serverId: options.serverId,
    });
    this.mirrors.subscribe((batch) => this.#onBatch(batch));
  }

  get state(): EnvironmentState {
    return this.mirrors.state;
  }

  start(): void {
    this.feed.start();
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.feed.stop();
    await this.mirrors.close();
  }

  /** Since when what is shown can't be proved to be the present; undefined while it is. */
  stale(): Stale | undefined {
    const status = this.mirrors.status();
    if (status.state === "following") {
      this.#staleSinceMs = undefined;
      return undefined;
    }
    this.#staleSinceMs ??= Date.now();
    return { sinceMs: this.#staleSinceMs, why: status.error ?? "etcd does not answer" };
  }

  /** Built once for each state of registry and receipts. */
  get index(): TargetIndex {
    this.#index ??= indexTargets(this.state);
    return this.#index;
  }

  levers(filter: LeverFilter): LeverRow[] {
    return leverRows(this.state, this.index, this.#memory, filter);
  }

  /** How a lever's present body stands at each instance. */
  reports(ref: ResourceRef): readonly TargetReport[] {
    const entry = this.state.live.get(liveKey(this.env, ref));
    if (entry === undefined) return [];
    const { changeSetId } = leverRow(this.state, entry, ref, this.index, this.#memory);
    return leverConvergence(this.state, entry, ref, this.index, this.#memory, changeSetId).reports;
  }

  /** What the board shows: switches of some services, or of all. */
  rows(services: ReadonlySet<string> | "all"): LeverRow[] {
    if (services === "all") return this.levers({});
    return [...services].flatMap((service) => this.levers({ service }));
  }

  services(): ServiceRow[] {
    const now = monotonicMs();
    return fleetRows(this.state, (service, instance) => this.#absence.absentForMs(service, instance, now));
  }

  /** How many instances are in each state. */
  instanceStates(): Readonly<Record<InstanceState, number>> {
    return this.#absence.states(this.state, monotonicMs());
  }

  #onBatch({ room, batch, seenMs }: EnvironmentBatch): void {
    if (room !== "live") this.#index = undefined;
    const present = room === "receipts" || room === "registry";
    if (batch.kind === "list") {
      if (present) this.#absence.observe(this.state, seenMs);
      if (room === "receipts") {
        for (const change of batch.changes) {
          if (change.type === "put") this.#options.timings.receipt(this.env, change.entry, seenMs);
        }
      }
      this.feed.touch(room, "all");
      return;
    }
    const keys: string[] = [];
    for (const change of batch.changes) {
      const key = change.type === "put" ? change.entry.key : change.key;
      keys.push(key);
      if (room !== "receipts") continue;
      if (change.type === "put") {
        this.#options.timings.receipt(this.env, change.entry, seenMs);
        continue;
      }
      const place = parseKey(key);
      if (place.at === "receipt") this.#options.timings.forget(this.env, place.service, place.instance);
    }
    if (present) this.#absence.observeKeys(this.state, keys, seenMs);
    this.feed.touch(room, keys);
  }

  /** Takes away the receipts of those who left; compares, so that one who came back is never wiped out. */
  async #sweep(): Promise<void> {
    const now = monotonicMs();
    for (const { key, modRevision } of this.#absence.departed(this.state, now)) {
      try {
        await this.#options.etcd.txn({
          compare: [{ key, target: "mod", equals: modRevision }],
          success: [{ delete: key }],
        });
      } catch (error) {
        this.#options.log.warn(
          { err: error, key },
          "a receipt of an instance that left stays until the next sweep",
        );
        return;
      }
    }
    // Suspect turns to unproved by time alone.
    if (this.instanceStates().suspect > 0) this.feed.touchAll();
  }
}

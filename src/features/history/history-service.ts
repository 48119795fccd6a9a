import type { Leadership } from "../leadership.ts";
import { Drain, type DrainPorts } from "./drain.ts";
import { forgetOld, pruneJournals } from "./retention.ts";

export interface HistoryServicePorts extends DrainPorts {
  readonly environments: () => readonly string[];
  /** Over an environment: of the cluster that holds it. */
  readonly leadership: (env: string) => Leadership;
  /** Wall time. */
  readonly today: () => Date;
  /** The age of the oldest journal that is not in SQL; undefined where this process does not lead. */
  readonly onDelay: (env: string, delayMs: number | undefined) => void;
}

const LOOK_FOR_ENVIRONMENTS_MS = 1_000;
const TELL_DELAY_MS = 250;
const PRUNE_EVERY_MS = 10 * 60_000;
const FORGET_EVERY_MS = 24 * 3_600_000;
const HOUSEKEEPING_AGAIN_MS = 30_000;

/** What the drain of an environment says of itself, in the process that leads. */
export interface DrainStatus {
  readonly delayMs: number;
  /** Journals that are not in SQL yet. */
  readonly waiting: number;
}

/** Keeps the history of every environment complete, wherever and while this process leads. */
export class HistoryService {
  readonly #ports: HistoryServicePorts;
  readonly #ends = new Map<string, () => void>();
  readonly #drains = new Map<string, Drain>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #timers: NodeJS.Timeout[] = [];

  constructor(ports: HistoryServicePorts) {
    this.#ports = ports;
  }

  start(): void {
    const look = (): void => {
      for (const env of this.#ports.environments()) {
        if (this.#ends.has(env)) continue;
        const work = this.#ports
          .leadership(env)
          .lead((fence, signal) =>
            this.#tracked(
              this.#lead(env, fence.createRevision, AbortSignal.any([signal, this.#stop.signal])),
            ),
          );
        this.#ends.set(env, work);
      }
    };
    look();
    this.#timers = [
      setInterval(look, LOOK_FOR_ENVIRONMENTS_MS).unref(),
      setInterval(() => {
        for (const [env, drain] of this.#drains) this.#ports.onDelay(env, drain.delayMs);
      }, TELL_DELAY_MS).unref(),
    ];
  }

  /** Undefined where another process leads, or nobody. */
  status(env: string): DrainStatus | undefined {
    const drain = this.#drains.get(env);
    return drain && { delayMs: drain.delayMs, waiting: drain.waiting };
  }

  /** Ends all of it; resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#stop.abort();
    for (const end of this.#ends.values()) end();
    await Promise.all(this.#running);
  }

  async #tracked(work: Promise<void>): Promise<void> {
    this.#running.add(work);
    try {
      await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async #lead(env: string, fence: number, signal: AbortSignal): Promise<void> {
    const drain = new Drain(env, this.#ports);
    this.#drains.set(env, drain);
    try {
      await Promise.all([drain.run(fence, signal), this.#keepHouse(drain, fence, signal)]);
    } finally {
      if (this.#drains.get(env) === drain) this.#drains.delete(env);
      this.#ports.onDelay(env, undefined);
    }
  }

  /** Deletes what SQL holds from etcd after a week, and from SQL after its time; both in small steps. */
  async #keepHouse(drain: Drain, fence: number, signal: AbortSignal): Promise<void> {
    const { now, sleep, today, onProblem } = this.#ports;
    const { env } = drain;
    let pruneAt = now();
    let forgetAt = now();
    while (!signal.aborted) {
      try {
        if (drain.takenUp && now() >= pruneAt) {
          await pruneJournals(this.#ports, env, fence, today(), signal);
          pruneAt = now() + PRUNE_EVERY_MS;
        }
        if (drain.takenUp && now() >= forgetAt) {
          await forgetOld(this.#ports, env, today(), signal);
          forgetAt = now() + FORGET_EVERY_MS;
        }
        await sleep(1_000, signal).catch(() => undefined);
      } catch (error) {
        if (signal.aborted) return;
        onProblem({ env, what: "old history could not be dropped; it is tried again", err: error });
        await sleep(HOUSEKEEPING_AGAIN_MS, signal).catch(() => undefined);
      }
    }
  }
}

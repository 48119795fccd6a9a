import { type Journal, journalSchema } from "@leverframe/agent/protocol";
import { DomainError } from "../../domain/errors.ts";
import { Backlog, type BacklogEntry } from "./backlog.ts";
import type { HistoryStore, Position, Projected } from "./history-store.ts";
import type { JournalSource } from "./journal-source.ts";
import { findBase, isSameLife } from "./lives.ts";

export interface DrainPorts {
  readonly journals: JournalSource;
  readonly store: HistoryStore;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly today: () => Date;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A change set stands in SQL so long after it was seen. */
  readonly onProjected: (env: string, delayMs: number) => void;
  readonly onProblem: (problem: {
    readonly env: string;
    readonly what: string;
    readonly err?: unknown;
  }) => void;
}

/** Of one SQL transaction: large enough for bursts, small enough that SQLite does not hold the lever loop. */
const BATCH = 100;
const BATCH_BYTES = 2 * 1_048_576;
/** Bodies asked of etcd at a time. */
const READ = 64;
/**
 * Let the next ones gather: a transaction for each would cost the disk more than the history gains. Before the first,
 * too: in its first moments a change belongs to the agents that it is meant for, also where they share a processor.
 */
const GATHER_MS = 100;
const LOOK_EVERY_MS = 5_000;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/**
 * Moves the journals of one environment from etcd into SQL in the order of their commits, each exactly once, while this
 * process leads. The position moves in the transaction that writes, and only from where it was found and under a fence
 * no later than ours: killed at any instant, or paused past its lead, it leaves nothing doubled and nothing out.
 */
export class Drain {
  readonly env: string;
  readonly #ports: DrainPorts;
  readonly #backlog = new Backlog();
  #position: Position | undefined;
  /** How often something may have been passed over: what was found before the last time is not to be built on. */
  #breaks = 0;
  #wake: () => void = () => undefined;
  #unknownSinceMs: number | undefined = Number.NEGATIVE_INFINITY;
  #problem = "";

  constructor(env: string, ports: DrainPorts) {
    this.env = env;
    this.#ports = ports;
  }

  /**
   * How long the oldest journal that is not in SQL has been known here, in ms; 0 for none. While it is not known where
   * SQL stands, since SQL has not answered yet, it is how long that is so.
   */
  get delayMs(): number {
    const oldest = this.#unknownSinceMs ?? this.#backlog.oldestMs;
    return oldest === undefined ? 0 : Math.max(0, this.#ports.now() - oldest);
  }

  /** Journals that wait. */
  get waiting(): number {
    return this.#backlog.size;
  }

  /** Whether SQL has answered, and all that it lacked then is known. */
  get takenUp(): boolean {
    return this.#unknownSinceMs === undefined;
  }

  /** Whether all that was known to be committed stands in SQL. */
  get caughtUp(): boolean {
    return this.#position !== undefined && this.#backlog.size === 0;
  }

  /** Until aborted, or until a later leader is seen to have moved the position. Never rejects. */
  async run(fence: number, signal: AbortSignal): Promise<void> {
    const { journals, now } = this.#ports;
    this.#unknownSinceMs = now();
    const follower = journals.follow(this.env, {
      onNews: (news) => {
        this.#backlog.add(news, now());
        this.#wake();
      },
      onBreak: (newLife) => {
        if (newLife) this.#backlog.clear();
        this.#breaks += 1;
        this.#position = undefined;
        this.#wake();
      },
    });
    try {
      let wait = BACKOFF_FIRST_MS;
      while (!signal.aborted) {
        try {
          await this.#step(fence, signal);
          wait = BACKOFF_FIRST_MS;
          this.#problem = "";
        } catch (error) {
          if (signal.aborted) break;
          this.#report(error);
          await this.#ports.sleep(wait, signal).catch(() => undefined);
          wait = Math.min(BACKOFF_MAX_MS, wait * 2);
        }
      }
    } finally {
      this.#position = undefined;
      this.#backlog.clear();
      await follower.close();
    }
  }

  async #step(fence: number, signal: AbortSignal): Promise<void> {
    const breaks = this.#breaks;
    const position = this.#position ?? (await this.#takeUp(fence));
    if (position === undefined) throw new Error("the position was moved by somebody else");
    // The list may be older than where the follower began: only one that is made after the break has all.
    if (breaks !== this.#breaks) return;
    this.#position = position;
    this.#unknownSinceMs = undefined;
    const entries = this.#backlog.first(BATCH, BATCH_BYTES);
    if (entries.length === 0) {
      const heard = await this.#news(signal);
      // SQL may have been emptied or restored meanwhile: then it is to be filled again, though nothing new happens.
      if (heard) await this.#gather(signal);
      else if (!signal.aborted) await this.#look(position);
      return;
    }
    const missing = entries.filter((entry) => entry.body === undefined).slice(0, READ);
    const reading = await this.#ports.journals.read(
      this.env,
      missing.map((entry) => entry.id),
    );
    if (reading.leader !== fence) throw new Error("another control plane leads");
    if (reading.epoch !== position.epoch || reading.revision < position.revision) {
      this.#position = undefined;
      return;
    }
    const readable = missing.slice(0, reading.asked);
    if (readable.some((entry) => !reading.bodies.has(entry.id))) {
      // Deleted by somebody, or another life of the data: a list tells.
      this.#position = undefined;
      return;
    }
    const batch = entries.slice(0, endOf(entries, readable));
    const projected = batch.map((entry) => this.#parse(entry, entry.body ?? reading.bodies.get(entry.id)));
    // From here on an answer that is lost leaves the outcome unknown: the position tells.
    this.#position = undefined;
    const moved = await this.#ports.store.append(this.env, position, projected, fence);
    if (moved === undefined) return;
    this.#backlog.drop(moved.revision);
    if (breaks === this.#breaks) this.#position = moved;
    const at = this.#ports.now();
    for (const entry of batch) this.#ports.onProjected(this.env, at - entry.seenMs);
    const { size } = this.#backlog;
    if (size > 0 && size < BATCH) await this.#gather(signal);
  }

  async #gather(signal: AbortSignal): Promise<void> {
    await this.#ports.sleep(GATHER_MS, signal).catch(() => undefined);
  }

  /** Finds where SQL stands, and all that etcd holds beyond it. */
  async #takeUp(fence: number): Promise<Position | undefined> {
    const { journals, store, now } = this.#ports;
    // SQL first: while it is away, etcd is not asked for lists over and over.
    const stored = await store.position(this.env);
    let listing = await journals.list(this.env);
    let position = stored;
    if (stored === undefined || !(await isSameLife(this.env, stored, this.#ports))) {
      // What was heard of before may be of the life before; what is heard from here on is in this list, or later.
      this.#backlog.clear();
      listing = await journals.list(this.env);
      const { epoch } = listing;
      if (epoch === undefined) throw new Error("the environment has no head yet");
      const { leader } = await journals.read(this.env, []);
      if (leader !== fence) throw new Error("another control plane leads");
      const baseRevision = stored && (await findBase(this.env, listing, stored, { journals, store }));
      position = await store.beginLife(this.env, stored, { epoch, baseRevision: baseRevision ?? 0, fence });
    } else if (stored.fence > fence) {
      throw new Error("a later leader has moved the position");
    }
    if (position !== undefined) this.#backlog.reset(listing.keys, listing.revision, position.revision, now());
    return position;
  }

  async #look(position: Position): Promise<void> {
    const [stored, sameLife] = await Promise.all([
      this.#ports.store.position(this.env),
      isSameLife(this.env, position, this.#ports),
    ]);
    const same = stored?.life === position.life && stored.revision === position.revision;
    if (!same || !sameLife) this.#position = undefined;
  }

  /** True when something came, false when nothing did for a while. */
  async #news(signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const heard = new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true);
    });
    const slept = this.#ports.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, over.signal])).then(
      () => false,
      () => false,
    );
    const news = await Promise.race([heard, slept]);
    over.abort();
    this.#wake = () => undefined;
    return news;
  }

  #parse(entry: BacklogEntry, body: Buffer | undefined): Projected {
    const { id, revision } = entry;
    let journal: Journal | undefined;
    try {
      const read = journalSchema.safeParse(JSON.parse(body?.toString() ?? ""));
      if (read.success && read.data.id === id) journal = read.data;
    } catch {
      // Not JSON: nobody of ours wrote it.
    }
    if (journal === undefined) {
      this.#ports.onProblem({
        env: this.env,
        what: `the journal ${id.slice(0, 60)} is not one of ours; it is passed over`,
      });
    }
    return { id, revision, journal };
  }

  #report(error: unknown): void {
    const what = error instanceof DomainError || error instanceof Error ? error.message : String(error);
    // Once for each outage, not once for each try.
    if (what === this.#problem) return;
    this.#problem = what;
    this.#ports.onProblem({ env: this.env, what: "the history waits", err: error });
  }
}

/** Up to the first entry whose body is neither here nor read. */
function endOf(entries: readonly BacklogEntry[], read: readonly BacklogEntry[]): number {
  const found = new Set(read);
  const end = entries.findIndex((entry) => entry.body === undefined && !found.has(entry));
  return end === -1 ? entries.length : end;
}

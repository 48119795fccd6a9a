import { isDomainError } from "../../domain/errors.ts";
import type { AuditEvent, AuditSpool, AuditStore } from "./audit-event.ts";
import { summarize } from "./audit-summary.ts";

/** What happened, as whoever saw it tells it. */
export interface Happening {
  /** Undefined: nobody who is known. */
  readonly actor: { readonly kind: string; readonly id: string } | undefined;
  readonly action: string;
  readonly outcome: AuditEvent["outcome"];
  readonly code?: string | undefined;
  readonly address: string | undefined;
  readonly input: unknown;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface RecorderOptions {
  readonly spool: AuditSpool;
  readonly store: AuditStore;
  readonly now: () => Date;
  readonly newId: (nowMs: number) => string;
  /** Events that were lost since nobody could keep them. */
  readonly onDropped: (count: number) => void;
  readonly onError: (error: unknown) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long events are gathered for one write, ms. Default 100. */
  readonly gatherMs?: number;
  /** Between two tries while SQL is away, ms. Default 2,000. */
  readonly retryMs?: number;
  /** How long refusals of nobody are added up into one row each, ms. Default 60,000. */
  readonly addUpMs?: number;
}

/** Waiting for the disk; past it events are dropped, and counted. */
const QUEUE = 5_000;
const BATCH = 200;
const CLOSE_WITHIN_MS = 3_000;
const SORTS_OF_REFUSALS = 200;

interface Anonymous {
  readonly happening: Happening;
  count: number;
  readonly addresses: Set<string>;
}

/**
 * Keeps every action and every refusal: first on this machine's disk, then in SQL, in the background, so that nobody
 * waits for it and nothing is lost while SQL is away. Refusals of people who are not known are added up, since
 * anybody can make as many as they like.
 */
export class AuditRecorder {
  readonly #options: RecorderOptions;
  readonly #anonymous = new Map<string, Anonymous>();
  readonly #adding: NodeJS.Timeout;
  #queue: AuditEvent[] = [];
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#adding = setInterval(() => this.#tellAnonymous(), options.addUpMs ?? 60_000).unref();
    // What a former process left.
    this.#soon(0);
  }

  /** Returns at once. Never throws. */
  record(happening: Happening): void {
    if (happening.actor === undefined && happening.outcome === "refused") this.#addUp(happening);
    else this.#push(happening);
  }

  /** What is in memory goes to disk; what is on disk waits for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#adding);
    clearTimeout(this.#timer);
    this.#tellAnonymous();
    this.#closed = true;
    clearTimeout(this.#timer);
    // What SQL keeps waiting stays on disk and comes again: it is known by its id.
    await Promise.race([this.#running, this.#options.sleep(CLOSE_WITHIN_MS)]);
    await this.#toDisk().catch((error: unknown) => this.#options.onError(error));
  }

  #push(happening: Happening): void {
    const { now, newId, onDropped } = this.#options;
    if (this.#queue.length >= QUEUE) return onDropped(1);
    const at = now();
    const { env, target, detail } = summarize(happening.input);
    this.#queue.push({
      id: newId(at.getTime()),
      at: at.toISOString(),
      actor: happening.actor ?? { kind: "nobody", id: "nobody" },
      action: happening.action,
      env,
      target,
      outcome: happening.outcome,
      detail: {
        ...detail,
        ...happening.detail,
        ...(happening.code === undefined ? {} : { code: happening.code }),
      },
      address: happening.address,
    });
    this.#soon(this.#options.gatherMs ?? 100);
  }

  #addUp(happening: Happening): void {
    const sort = `${happening.action} ${happening.code}`;
    const known = this.#anonymous.get(sort);
    if (known === undefined && this.#anonymous.size >= SORTS_OF_REFUSALS) return this.#options.onDropped(1);
    const sum = known ?? { happening, count: 0, addresses: new Set<string>() };
    sum.count += 1;
    if (happening.address !== undefined && sum.addresses.size < 5) sum.addresses.add(happening.address);
    this.#anonymous.set(sort, sum);
  }

  #tellAnonymous(): void {
    for (const { happening, count, addresses } of this.#anonymous.values()) {
      this.#push({ ...happening, input: undefined, detail: { count, addresses: [...addresses] } });
    }
    this.#anonymous.clear();
  }

  #soon(ms: number): void {
    if (this.#closed || this.#running !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#running = this.#carry().finally(() => {
        this.#running = undefined;
        if (this.#queue.length > 0) this.#soon(this.#options.gatherMs ?? 100);
      });
    }, ms).unref();
  }

  async #carry(): Promise<void> {
    try {
      await this.#toDisk();
      while (!this.#closed) {
        const { events, done } = await this.#options.spool.next(BATCH);
        if (events.length === 0) return;
        await this.#options.store.insert(events);
        await done();
      }
    } catch (error) {
      if (!isDomainError(error)) this.#options.onError(error);
      setTimeout(() => this.#soon(0), this.#options.retryMs ?? 2_000).unref();
    }
  }

  async #toDisk(): Promise<void> {
    while (this.#queue.length > 0) {
      const events = this.#queue.slice(0, BATCH);
      const lost = await this.#options.spool.append(events);
      this.#queue = this.#queue.slice(events.length);
      if (lost > 0) this.#options.onDropped(lost);
    }
  }
}

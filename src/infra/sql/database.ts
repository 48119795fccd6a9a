import { DomainError } from "../../domain/errors.ts";
import { monotonicMs, sleep } from "../clock.ts";
import type { Log } from "../log.ts";
import { openClient, type Provider, QUERY_MS, type SqlClient, type SqlTransaction } from "./adapters.ts";
import { databaseAway } from "./database-errors.ts";
import { migrate } from "./migrations.ts";

/** `away`: not connected yet, or lost; it is tried again in the background for ever. */
export type DatabaseState =
  | { readonly state: "ready" }
  | { readonly state: "away"; readonly sinceMs: number; readonly why: string }
  | { readonly state: "closed" };

/**
 * The SQL database: memory, never needed to start or to move a lever. All that is asked of it has a deadline, and
 * rejects with a `DomainError` UNAVAILABLE while it is away.
 */
export interface Database {
  readonly provider: Provider;
  /** Typed once for both providers. For libraries; our own code goes through `run`, which fails fast while SQL is away. */
  readonly client: SqlClient;
  readonly state: DatabaseState;
  run<Result>(work: (client: SqlClient) => Promise<Result>): Promise<Result>;
  /** All of it or nothing; at most `TRANSACTION_MS` long. */
  transaction<Result>(work: (tx: SqlTransaction) => Promise<Result>): Promise<Result>;
  /** Resolves once it is connected and migrated; rejects with UNAVAILABLE after `deadlineMs`. It goes on trying. */
  ready(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly log: Log;
  /** Between two looks at a database that answers. Default 5 s. */
  readonly probeEveryMs?: number;
  /** First and longest wait between two attempts to connect. Default 100 ms and 5 s. */
  readonly backoffFirstMs?: number;
  readonly backoffMaxMs?: number;
}

const TRANSACTION_MS = 15_000;
const AWAY = "The history's database does not answer. Levers still move; what is asked of it must wait.";

/**
 * Opens `file:…` or `postgresql://…`. Returns at once: connecting, migrating and every later reconnection happen in
 * the background. Throws only for a URL that is no database's.
 */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  return new ManagedDatabase(url, options);
}

class ManagedDatabase implements Database {
  readonly provider: Provider;
  readonly client: SqlClient;
  readonly #opened: ReturnType<typeof openClient>;
  readonly #log: Log;
  readonly #options: DatabaseOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #state: DatabaseState;
  #wake: AbortController = new AbortController();

  constructor(url: string, options: DatabaseOptions) {
    this.#opened = openClient(url);
    this.provider = this.#opened.provider;
    this.client = this.#opened.client;
    this.#log = options.log;
    this.#options = options;
    this.#state = { state: "away", sinceMs: monotonicMs(), why: "not connected yet" };
    this.#running = this.#keep();
  }

  get state(): DatabaseState {
    return this.#state;
  }

  run<Result>(work: (client: SqlClient) => Promise<Result>): Promise<Result> {
    return this.#guarded(() => within(QUERY_MS, work(this.client)));
  }

  transaction<Result>(work: (tx: SqlTransaction) => Promise<Result>): Promise<Result> {
    return this.#guarded(() =>
      within(
        TRANSACTION_MS + QUERY_MS,
        this.client.$transaction(work, { timeout: TRANSACTION_MS, maxWait: QUERY_MS }),
      ),
    );
  }

  async ready(deadlineMs: number): Promise<void> {
    if (this.#isReady()) return;
    let listener = (): void => undefined;
    const readied = new Promise<void>((resolve) => {
      listener = resolve;
      this.#waiting.add(listener);
    });
    try {
      await within(deadlineMs, readied);
    } finally {
      this.#waiting.delete(listener);
    }
    if (!this.#isReady()) throw this.#unavailable();
  }

  #isReady(): boolean {
    return this.#state.state === "ready";
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#running;
    this.#state = { state: "closed" };
    for (const listener of this.#waiting) listener();
    await within(QUERY_MS, this.client.$disconnect()).catch(() => undefined);
  }

  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#isReady()) throw this.#unavailable();
    try {
      return await work();
    } catch (error) {
      if (!databaseAway(error)) throw error;
      this.#lost(error);
      throw this.#unavailable(error);
    }
  }

  #unavailable(cause?: unknown): DomainError {
    const why = this.#state.state === "away" ? this.#state.why : this.#state.state;
    return new DomainError("UNAVAILABLE", AWAY, { message: `SQL is not ready: ${why}`, cause });
  }

  #lost(error: unknown): void {
    const why = lineOf(error);
    if (this.#state.state === "ready") {
      this.#log.warn({ sql: this.#opened.place, why }, "sql is away; the history catches up later");
      this.#state = { state: "away", sinceMs: monotonicMs(), why };
      this.#wake.abort();
    } else if (this.#state.state === "away") {
      this.#state = { ...this.#state, why };
    }
  }

  /** Connects, migrates, looks again now and then; begins anew whenever it is lost. */
  async #keep(): Promise<void> {
    const { backoffFirstMs = 100, backoffMaxMs = 5_000, probeEveryMs = 5_000 } = this.#options;
    let wait = backoffFirstMs;
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#state.state === "ready") {
          await within(QUERY_MS, this.client.$queryRawUnsafe("SELECT 1"));
          await this.#pause(probeEveryMs);
          continue;
        }
        await this.#connect();
        wait = backoffFirstMs;
      } catch (error) {
        if (this.#state.state === "away" && this.#state.why !== lineOf(error))
          this.#log.warn({ sql: this.#opened.place, why: lineOf(error) }, "sql is not usable yet");
        this.#lost(error);
        await this.#pause(wait);
        wait = Math.min(backoffMaxMs, wait * 2);
      }
    }
  }

  async #connect(): Promise<void> {
    await within(QUERY_MS, this.client.$queryRawUnsafe("SELECT 1"));
    await this.#opened.prepare();
    const applied = await migrate(this.client, this.provider);
    if (this.#stop.signal.aborted) return;
    this.#wake = new AbortController();
    this.#state = { state: "ready" };
    this.#log.info({ sql: this.#opened.place, provider: this.provider, applied }, "sql is ready");
    for (const listener of this.#waiting) listener();
  }

  #pause(ms: number): Promise<void> {
    const signal = AbortSignal.any(
      this.#state.state === "ready" ? [this.#stop.signal, this.#wake.signal] : [this.#stop.signal],
    );
    return sleep(ms, signal).catch(() => undefined);
  }
}

const lineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1) ?? "";

/** Rejects with UNAVAILABLE after `ms`; what was under way ends by its own deadline. */
async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DomainError("UNAVAILABLE", AWAY, { message: `SQL gave no answer within ${ms} ms` })),
      ms,
    );
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

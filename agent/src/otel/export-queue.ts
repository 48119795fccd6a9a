import { context } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, suppressTracing } from "@opentelemetry/core";
import { type Logger, reasonOf, TroubleLog } from "../logger.ts";

/** What an exporter of OpenTelemetry is to a queue. */
export interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface QueueOptions<Item, Batch> {
  readonly exporter: Exporter<Batch>;
  readonly toBatch: (items: readonly Item[]) => Batch;
  /** Items of one request at most. */
  readonly batchItems: number;
  /** What may wait at most, and beyond which items are dropped and counted. */
  readonly mostItems: number;
  readonly mostBytes: number;
  /** Between a first item and its export. */
  readonly delayMs: number;
  /** How often a batch is sent again that was not taken, each time with the exporter's own retries. */
  readonly again: number;
  /** Between two tries: so long after the first, twice after the second, and so on. */
  readonly pauseMs: number;
  readonly logger: Logger;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly bytes: number;
}

/** Sends items in batches, one after the other, and never makes anybody wait: what there is no room for is dropped. */
export class ExportQueue<Item, Batch> {
  readonly #options: QueueOptions<Item, Batch>;
  readonly #trouble: TroubleLog;
  #waiting: Waiting<Item>[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;
  /** Ends a pause between two tries. */
  #goOn: () => void = () => undefined;
  /** Since the start. `dropped`: no room, or closed; `failed`: nobody took them. */
  readonly counts = { exported: 0, dropped: 0, failed: 0 };

  constructor(options: QueueOptions<Item, Batch>) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.logger, () => performance.now());
  }

  /** Of what waits, without what is being sent. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes an item of about so many bytes, or drops it. */
  add(item: Item, bytes: number): void {
    const { mostItems, mostBytes, batchItems, delayMs } = this.#options;
    if (this.#closed || this.#waiting.length >= mostItems || this.#bytes + bytes > mostBytes) {
      this.counts.dropped++;
      return;
    }
    this.#waiting.push({ item, bytes });
    this.#bytes += bytes;
    if (this.#waiting.length >= batchItems) this.#send();
    else if (this.#timer === undefined && this.#sending === undefined) {
      this.#timer = setTimeout(() => this.#send(), delayMs);
      this.#timer.unref();
    }
  }

  /** Sends what waits, as long as `deadlineMs` lasts; then nothing more is taken, and no timer is left. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#goOn();
    this.#send();
    await raced(this.#sending ?? Promise.resolve(), deadlineMs);
    this.counts.dropped += this.#waiting.length;
    this.#waiting = [];
    this.#bytes = 0;
    clearTimeout(this.#timer);
    await raced(
      this.#options.exporter.shutdown().catch(() => undefined),
      deadlineMs,
    );
  }

  /** Resolves when all that waited has been sent or given up, or the deadline is over. */
  async flush(deadlineMs: number): Promise<void> {
    this.#send();
    await raced(this.#sending ?? Promise.resolve(), deadlineMs);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.batchItems);
      for (const { bytes } of batch) this.#bytes -= bytes;
      await this.#sendBatch(batch.map(({ item }) => item));
    }
  }

  async #sendBatch(items: readonly Item[]): Promise<void> {
    let error: unknown;
    for (let attempt = 0; attempt <= this.#options.again; attempt++) {
      error = await this.#export(items);
      if (error === undefined) {
        this.counts.exported += items.length;
        this.#trouble.over();
        return;
      }
      if (this.#closed) break;
      if (attempt < this.#options.again) await this.#pause((attempt + 1) * this.#options.pauseMs);
    }
    this.counts.failed += items.length;
    this.#trouble.warn({ reason: reasonOf(error), lost: items.length }, "telemetry could not be delivered");
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Undefined where it was taken, else why not. */
  #export(items: readonly Item[]): Promise<unknown> {
    const { exporter, toBatch } = this.#options;
    return new Promise((resolve) => {
      try {
        context.with(suppressTracing(context.active()), () => {
          exporter.export(toBatch(items), ({ code, error }) => {
            resolve(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error("it was refused")));
          });
        });
      } catch (error) {
        resolve(error);
      }
    });
  }
}

/** Waits for it, but no longer than `ms`. */
async function raced(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

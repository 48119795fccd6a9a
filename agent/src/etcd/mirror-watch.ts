import type { IEvent, IWatchResponse } from "etcd3";
import { type Etcd, prefixSpan, type WatchStream } from "./client.ts";
import { toEtcdError } from "./errors.ts";
import { detached } from "./mirror-list.ts";
import type { MirrorChange } from "./mirror-types.ts";
import { decodeKeyValue } from "./requests.ts";
import type { WatchPart } from "./revision-assembly.ts";

/** Why a watch ended. `broken`: resume after the last whole revision; all others but `closed` need a list. */
export interface WatchEnd {
  readonly why: "broken" | "compacted" | "cancelled" | "epoch" | "differs" | "closed";
  readonly detail: string;
}

export interface WatchOptions {
  readonly etcd: Etcd;
  readonly prefix: string;
  /** The first revision that is wanted. */
  readonly fromRevision: number;
  /** For etcd to confirm the watch. */
  readonly deadlineMs: number;
  /** Each message with events, in order, after {@link Watch.release}. May throw: that ends the watch as `differs`. */
  readonly onPart: (part: WatchPart) => void;
}

const changeOf = (event: IEvent): MirrorChange =>
  event.type === "Delete"
    ? { type: "delete", key: event.kv.key.toString(), revision: Number(event.kv.mod_revision) }
    : { type: "put", entry: detached(decodeKeyValue(event.kv)) };

/**
 * One raw watch stream on one prefix. It comes up paused: `created` resolves when etcd has confirmed it, and no event
 * is given before `release()`, so that the mirror can first make sure that this is still the same life of the data.
 * `ended` always resolves; nothing is left running after it.
 */
export class Watch {
  readonly created: Promise<boolean>;
  readonly ended: Promise<WatchEnd>;
  readonly #stream: WatchStream;
  readonly #onPart: (part: WatchPart) => void;
  #confirm: (created: boolean) => void = () => {};
  #finish: (end: WatchEnd) => void = () => {};
  readonly #gone = new AbortController();
  #over = false;
  #released = false;

  static async open(options: WatchOptions): Promise<Watch> {
    return new Watch(await options.etcd.watchStream(), options);
  }

  private constructor(stream: WatchStream, options: WatchOptions) {
    this.#stream = stream;
    this.#onPart = options.onPart;
    this.created = new Promise((resolve) => {
      this.#confirm = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const late = setTimeout(
      () => this.end("broken", `watch not confirmed within ${options.deadlineMs} ms`),
      options.deadlineMs,
    );
    void Promise.race([this.created, this.ended]).then(() => clearTimeout(late));
    stream.on("data", (message: IWatchResponse) => this.#receive(message));
    stream.on("error", (error: unknown) => this.end("broken", toEtcdError(error, "watch", false).message));
    stream.on("end", () => this.end("broken", "etcd ended the watch"));
    stream.write({
      create_request: {
        ...prefixSpan(options.prefix),
        start_revision: options.fromRevision,
        fragment: true,
      },
    });
  }

  /** Aborted once the watch has ended; for calls that only matter while it runs. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get released(): boolean {
    return this.#released;
  }

  /** Lets the events come. */
  release(): void {
    if (this.#over || this.#released) return;
    this.#released = true;
    this.#stream.resume();
  }

  /** Ends it; the first reason given stays. */
  end(why: WatchEnd["why"], detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#gone.abort();
    this.#stream.cancel();
    this.#confirm(false);
    this.#finish({ why, detail });
  }

  #receive(message: IWatchResponse): void {
    if (this.#over) return;
    if (message.canceled) {
      const compacted = Number(message.compact_revision) > 0;
      this.end(
        compacted ? "compacted" : "cancelled",
        message.cancel_reason || `at ${message.compact_revision}`,
      );
      return;
    }
    if (message.created) {
      this.#stream.pause();
      this.#confirm(true);
      return;
    }
    try {
      this.#onPart({ changes: message.events.map(changeOf), fragment: message.fragment });
    } catch (error) {
      this.end("differs", error instanceof Error ? error.message : String(error));
    }
  }
}

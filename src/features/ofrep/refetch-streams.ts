import { DomainError } from "../../domain/errors.ts";
import type { Place } from "./evaluation-place.ts";

/** A client that is told when to evaluate anew. */
export interface RefetchSink {
  /** False where the client does not keep up. */
  send(frame: string): boolean;
  end(): void;
}

export interface RefetchOptions {
  /** Names the state of a place's flags. */
  readonly stateOf: (place: Place) => string;
  /** Seconds since 1970. */
  readonly nowSeconds: () => number;
}

interface Stream {
  readonly place: Place;
  readonly caller: string;
  readonly sink: RefetchSink;
  readonly mayStay: () => boolean;
  told: string;
}

export const STREAM_LIMITS = { all: 2_000, ofOneCaller: 200 } as const;
const HEARTBEAT_MS = 25_000;
/** Changes that come close together are one. */
const GATHER_MS = 100;

/**
 * Streams of server-sent events (OFREP 0.3.0, event streams): `refetchEvaluation` once a place's flags are others.
 * Bounded; one timer for all heartbeats; whoever does not keep up, or may no longer read, is ended.
 */
export class RefetchStreams {
  readonly #options: RefetchOptions;
  readonly #streams = new Set<Stream>();
  readonly #changed = new Set<string>();
  readonly #heartbeat: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;

  constructor(options: RefetchOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Adds a client. Throws RATE_LIMITED past the bounds. Returns what takes it away. */
  open(stream: Omit<Stream, "told">): () => void {
    const own = [...this.#streams].filter(({ caller }) => caller === stream.caller).length;
    if (this.#streams.size >= STREAM_LIMITS.all || own >= STREAM_LIMITS.ofOneCaller) {
      throw new DomainError(
        "RATE_LIMITED",
        "There are too many event streams. Poll with If-None-Match instead.",
      );
    }
    const told = this.#options.stateOf(stream.place);
    const added: Stream = { ...stream, told };
    this.#streams.add(added);
    stream.sink.send(`retry: 3000\n: flags are followed\n\n`);
    return () => this.#streams.delete(added);
  }

  /** Something changed in an environment. */
  changed(env: string): void {
    this.#changed.add(env);
    this.#gathering ??= setTimeout(() => this.#tell(), GATHER_MS).unref();
  }

  /** Rights may be others: ends whoever may no longer read. */
  review(): void {
    for (const stream of this.#streams) if (!stream.mayStay()) this.#end(stream);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#gathering);
    for (const stream of this.#streams) this.#end(stream);
  }

  #tell(): void {
    this.#gathering = undefined;
    const environments = new Set(this.#changed);
    this.#changed.clear();
    const lastModified = this.#options.nowSeconds();
    for (const stream of this.#streams) {
      if (!environments.has(stream.place.env)) continue;
      const etag = this.#options.stateOf(stream.place);
      if (etag === stream.told) continue;
      stream.told = etag;
      const data = JSON.stringify({ type: "refetchEvaluation", etag, lastModified });
      this.#send(stream, `id: ${etag}\nevent: message\ndata: ${data}\n\n`);
    }
  }

  #beat(): void {
    this.review();
    for (const stream of this.#streams) this.#send(stream, ": still here\n\n");
  }

  #send(stream: Stream, frame: string): void {
    if (!stream.sink.send(frame)) this.#end(stream);
  }

  #end(stream: Stream): void {
    this.#streams.delete(stream);
    stream.sink.end();
  }
}

import { type Etcd, Mirror, type MirrorStatus, type MirrorTimings } from "../etcd/index.ts";
import { type RawBatch, readHead, STREAMS, type StreamName } from "../live-state/index.ts";
import { type Logger, reasonOf } from "../logger.ts";
import { EVERY_SERVICE, headKey, livePrefix } from "../protocol/index.ts";

export interface LeverStreamsOptions {
  readonly env: string;
  readonly service: string;
  readonly logger: Logger;
  readonly timings: Partial<MirrorTimings>;
  readonly onBatch: (stream: StreamName, batch: RawBatch, clusterId: string | undefined) => void;
  /** A stream is proved again after it was not. */
  readonly onProof: () => void;
}

/** The two mirrors of an agent: the levers of its service, and those of every service. */
export class LeverStreams {
  readonly #options: LeverStreamsOptions;
  readonly #mirrors = new Map<StreamName, Mirror>();

  constructor(options: LeverStreamsOptions) {
    this.#options = options;
  }

  start(etcd: Etcd): void {
    for (const stream of STREAMS) {
      const mirror = this.#mirror(stream, etcd);
      this.#mirrors.set(stream, mirror);
      mirror.start();
    }
  }

  /** Resolves when both are listed, or the deadline is over. Never rejects. */
  async ready(deadlineMs: number): Promise<void> {
    await Promise.all(
      [...this.#mirrors.values()].map((mirror) => mirror.ready(deadlineMs).catch(() => undefined)),
    );
  }

  /** Whether etcd confirms both at present. */
  get following(): boolean {
    return (
      this.#mirrors.size > 0 &&
      [...this.#mirrors.values()].every(({ status }) => status.state === "following")
    );
  }

  get stale(): boolean {
    return [...this.#mirrors.values()].some(({ status }) => status.state === "stale");
  }

  *statuses(): Iterable<{ name: string; status: MirrorStatus }> {
    for (const [name, { status }] of this.#mirrors) yield { name, status };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#mirrors.values()].map((mirror) => mirror.close()));
  }

  #mirror(stream: StreamName, etcd: Etcd): Mirror {
    const { env, service, logger, timings, onBatch, onProof } = this.#options;
    const scope = stream === "own" ? service : EVERY_SERVICE;
    const mirror: Mirror = new Mirror({
      etcd,
      prefix: livePrefix(env, scope),
      name: stream,
      check: { kind: "head", key: headKey(env, scope), epochOf: (value) => readHead(value)?.epoch },
      timings,
      onBatch: (batch) => onBatch(stream, batch, mirror.clusterId),
      onStatus: (status) => {
        logger.info(
          { stream, state: status.state, reason: status.error },
          "a stream of levers changed its state",
        );
        if (status.state === "following") onProof();
      },
      onError: (error) =>
        logger.error({ stream, reason: reasonOf(error) }, "a batch of levers was not taken whole"),
    });
    return mirror;
  }
}

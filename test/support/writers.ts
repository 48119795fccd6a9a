import { setTimeout as sleep } from "node:timers/promises";
import { ulid } from "ulid";
import type { AnonymousRequest, LeverPort } from "../../src/cli/lever-port.ts";
import { isDomainError } from "../../src/domain/errors.ts";

const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;

export interface Acknowledged {
  readonly id: string;
  readonly revision: number;
  readonly payload: string;
  /** Monotonic ms of the answer. */
  readonly atMs: number;
}

/** A writer with a lever of its own: it pulls it again and again, and pursues each change set until it is known. */
export class Writer {
  readonly name: string;
  readonly acknowledged: Acknowledged[] = [];
  /** Attempts that ended without an answer. */
  unknown = 0;
  readonly #env: string;
  readonly #pauseMs: () => number;
  #port: () => LeverPort;
  #on = true;
  #revision = 0;

  constructor(env: string, name: string, port: () => LeverPort, pauseMs: () => number = () => 0) {
    this.#env = env;
    this.name = name;
    this.#port = port;
    this.#pauseMs = pauseMs;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Until `stop`, or `count` change sets are acknowledged. Rejects on an answer that no fault explains. */
  async run(count = Number.POSITIVE_INFINITY): Promise<void> {
    while (this.#on && this.acknowledged.length < count) {
      await this.#pull();
      const pauseMs = this.#pauseMs();
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  /** Ends it once the change set under way is known. */
  stop(): void {
    this.#on = false;
  }

  async #pull(): Promise<void> {
    const payload = `${this.name} ${this.acknowledged.length}`;
    const request: AnonymousRequest = {
      env: this.#env,
      id: ulid(),
      reason: payload,
      edits: [
        {
          service: "order",
          kind: "switch",
          name: this.name,
          op: "put",
          spec: { ...spec, payload },
          baseRevision: this.#revision,
        },
      ],
    };
    for (;;) {
      try {
        const done = await this.#port().publish(request);
        this.#revision = done.revision;
        const { id } = request;
        this.acknowledged.push({ id, revision: done.revision, payload, atMs: performance.now() });
        return;
      } catch (error) {
        const code = isDomainError(error) ? error.code : String(error);
        if (code !== "UNAVAILABLE" && code !== "UNKNOWN_OUTCOME") throw error;
        this.unknown += 1;
        await sleep(40);
      }
    }
  }
}

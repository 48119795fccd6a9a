import * as z from "zod";
import type { MakeService } from "./service.ts";

const trouble = z.object({
  latencyMs: z.number().min(0).max(10_000),
  failureRate: z.number().min(0).max(1),
  /** How many charges it works on at once; others wait in its line. As many as come where it is not given. */
  workers: z.int().min(1).max(1_000).optional(),
  /** Makes its moods the same in every run. */
  seed: z.int().min(0).optional(),
});
type Mood = z.infer<typeof trouble>;

const MOST_IN_LINE = 400;
const MOST_KEYS = 100_000;

/** What the bank itself saw: nobody else can say how often it was asked. */
interface Books {
  /** First attempts, and those whose header says that they are not. */
  first: number;
  retries: number;
  charged: number;
  /** Charges of a key that was charged already: answered, and not done twice. */
  repeated: number;
  failed: number;
  turnedAway: number;
}

/** Mulberry32: small, and the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A desk with so many clerks and a bounded line; like most, it works on for those who have left the line. */
class Desk {
  readonly #line: (() => void)[] = [];
  #busy = 0;

  /** Resolves when it is one's turn; false where the line is full. */
  async enter(workers: number | undefined): Promise<boolean> {
    if (workers !== undefined && this.#busy >= workers) {
      if (this.#line.length >= MOST_IN_LINE) return false;
      await new Promise<void>((resolve) => this.#line.push(resolve));
    }
    this.#busy += 1;
    return true;
  }

  leave(): void {
    this.#busy -= 1;
    this.#line.shift()?.();
  }

  get waiting(): number {
    return this.#line.length;
  }
}

/**
 * A stub of somebody else's bank. `POST /charge` charges, once for each `Idempotency-Key`; `POST /trouble {latencyMs,
 * failureRate, workers?, seed?}` makes it slow, faulty or small; `GET /books` says what it was asked.
 */
export const bank: MakeService = () => {
  let mood: Mood = { latencyMs: 20, failureRate: 0 };
  let random = Math.random;
  const desk = new Desk();
  const keys = new Set<string>();
  const books: Books = { first: 0, retries: 0, charged: 0, repeated: 0, failed: 0, turnedAway: 0 };
  const work = async (key: string | undefined): Promise<boolean> => {
    const { latencyMs, failureRate } = mood;
    await new Promise((resolve) => setTimeout(resolve, latencyMs * (0.8 + random() * 0.4)));
    if (random() < failureRate) {
      books.failed += 1;
      return false;
    }
    if (key !== undefined && keys.has(key)) books.repeated += 1;
    else books.charged += 1;
    if (key !== undefined && keys.size < MOST_KEYS) keys.add(key);
    return true;
  };
  return async (exchange) => {
    if (exchange.url.pathname === "/books") return { json: { ...books, waiting: desk.waiting } };
    if (exchange.url.pathname === "/trouble") {
      const asked = trouble.safeParse(await exchange.body());
      if (!asked.success) return { status: 400, json: { error: z.prettifyError(asked.error) } };
      mood = asked.data;
      if (mood.seed !== undefined) random = randomFrom(mood.seed);
      return { json: mood };
    }
    if ((exchange.context.attempt ?? 1) > 1) books.retries += 1;
    else books.first += 1;
    if (!(await desk.enter(mood.workers))) {
      books.turnedAway += 1;
      return { status: 503, json: { error: "the line is full" } };
    }
    try {
      return (await work(exchange.context.idempotencyKey))
        ? { json: { charged: true } }
        : { status: 503, json: { error: "the bank is not itself" } };
    } finally {
      desk.leave();
    }
  };
};

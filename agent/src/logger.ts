/** Where the agent writes; pino's, console's and most others fit. Fields first, then a sentence. */
export interface Logger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

const nothing = (): void => undefined;

/** Says nothing: what an agent has that was given no logger. */
export const silentLogger: Logger = { info: nothing, warn: nothing, error: nothing };

/** A logger that cannot throw into the agent, whatever the host's does. */
export function guardLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger): Logger["info"] =>
    (fields, message) => {
      try {
        logger[level](fields, message);
      } catch {
        // A host's logger that fails must not stop what it was told about.
      }
    };
  return { info: guard("info"), warn: guard("warn"), error: guard("error") };
}

/** Between two lines about a trouble that lasts. */
const REPEAT_MS = 60_000;

/** Tells a trouble when it begins, then once a minute with how often it came, so that no log is flooded. */
export class TroubleLog {
  readonly #logger: Logger;
  readonly #now: () => number;
  #toldMs: number | undefined;
  #untold = 0;

  /** `now` is monotonic, in milliseconds. */
  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    const nowMs = this.#now();
    if (this.#toldMs !== undefined && nowMs - this.#toldMs < REPEAT_MS) {
      this.#untold++;
      return;
    }
    this.#logger.warn(this.#untold === 0 ? fields : { ...fields, untold: this.#untold }, message);
    this.#toldMs = nowMs;
    this.#untold = 0;
  }

  /** The trouble is over: the next one is told at once. */
  over(): void {
    this.#toldMs = undefined;
    this.#untold = 0;
  }
}

/** What people read of a thing that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

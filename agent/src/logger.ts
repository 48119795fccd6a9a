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

/** What people read of a thing that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

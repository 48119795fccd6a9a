import * as z from "zod";
import type { LeverStore } from "../levers/index.ts";
import type { Logger } from "../logger.ts";

/** Any logger with a level that can be set: pino, winston, bunyan's wrappers. */
export interface LeveledLogger {
  level: string;
  /** Pino's; where it is there, it says which levels there are. */
  readonly levels?: { readonly values: Readonly<Record<string, number>> } | undefined;
}

const USUAL_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** The levels that a logger knows; `silent` is one of pino's beside its values. */
const levelsOf = (logger: LeveledLogger): readonly string[] =>
  logger.levels === undefined ? USUAL_LEVELS : [...Object.keys(logger.levels.values), "silent"];

/**
 * Binds a logger's level to the live config `log-level`: now, and at each change. A level that the logger does not know is
 * held. Returns what ends it, which leaves the level as it is then.
 */
export function bindLogLevel(
  levers: LeverStore,
  logger: LeveledLogger,
  options: { readonly default: string },
  log: Logger,
): () => void {
  const levels = levelsOf(logger);
  const schema = z.string().refine((level) => levels.includes(level), {
    error: `must be one of ${levels.join(", ")}`,
  });
  const set = (level: string): void => {
    const before = logger.level;
    if (before === level) return;
    logger.level = level;
    log.info({ before, level }, "the log level is another now");
  };
  const config = levers.config("log-level", schema, options);
  set(config.get());
  return config.onChange(set);
}

import type { ConfigHandle } from "../levers/index.ts";
import type { Logger } from "../logger.ts";

/** Any logger with a level that can be set: pino, winston, bunyan's wrappers. */
export interface LeveledLogger {
  level: string;
  /** Pino's; where it is there, it says which levels there are. */
  readonly levels?: { readonly values: Readonly<Record<string, number>> } | undefined;
}

const USUAL_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** The levels that a logger knows; `silent` is one of pino's beside its values. */
export const levelsOf = (logger: LeveledLogger): readonly string[] =>
  logger.levels === undefined ? USUAL_LEVELS : [...Object.keys(logger.levels.values), "silent"];

/** Sets the level now and at each change of the lever. Returns what ends it, which leaves the level as it is then. */
export function followLogLevel(logger: LeveledLogger, config: ConfigHandle<string>, log: Logger): () => void {
  const set = (level: string): void => {
    const before = logger.level;
    if (before === level) return;
    logger.level = level;
    log.info({ before, level }, "the log level is another now");
  };
  set(config.get());
  return config.onChange(set);
}

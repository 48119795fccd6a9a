import { type Logger, pino } from "pino";

export type Log = Logger;

/** One JSON line an event on standard error; secrets that could ride along are cut out. */
export const createLog = (level: string, name: string): Log =>
  pino(
    { name, level, redact: { paths: ["*.token", "*.cookie", "*.password", "req.headers"], censor: "[cut]" } },
    pino.destination({ fd: 2, sync: false }),
  );

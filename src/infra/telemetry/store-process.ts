import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import path from "node:path";
import { type StoreOrders, storeReadySchema } from "../../telemetry/store/messages.ts";
import type { Log } from "../log.ts";
import { SupervisedProgram } from "./supervised-program.ts";

export interface StoreProcessOptions {
  readonly file: string;
  /** Of the store alone. */
  readonly dir: string;
  readonly memoryBytes: number;
  /** Told where it answers, at each start; undefined with the reason when it is gone. */
  readonly onUrl: (url: string | undefined, why: string) => void;
  readonly log: Log;
}

export interface StoreProcess {
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const USER = "leverframe";
/** Each session of the engine holds one of libuv's threads while it works; the rest reads and writes files. */
const POOL_THREADS = 10;

/** Runs the store beside us under a password that lives as long as we do. It keeps its port over restarts where it can. */
export function startStoreProcess(options: StoreProcessOptions): StoreProcess {
  const password = randomBytes(24).toString("hex");
  let port = 0;
  const program: SupervisedProgram<{ port: number }> = new SupervisedProgram({
    name: "telemetry store",
    file: options.file,
    orders: (): StoreOrders => ({
      dir: path.resolve(options.dir),
      user: USER,
      password,
      port,
      memoryBytes: options.memoryBytes,
      threads: Math.max(1, Math.floor(availableParallelism() / 2)),
    }),
    read: (message) => storeReadySchema.parse(message),
    onReady(ready) {
      port = ready.port;
      options.onUrl(`http://${USER}:${password}@127.0.0.1:${port}/default`, "");
    },
    onGone() {
      // Somebody may have taken it in the meantime: the next start asks for a free one.
      if (program.unavailable?.includes("EADDRINUSE") === true) port = 0;
      options.onUrl(undefined, program.unavailable ?? "the telemetry store is gone");
    },
    env: { UV_THREADPOOL_SIZE: `${POOL_THREADS}` },
    log: options.log,
  });
  return program;
}

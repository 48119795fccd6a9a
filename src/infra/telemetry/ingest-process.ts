import type { IngestCounters } from "../../telemetry/ingest/counters.ts";
import { type IngestOrders, type IngestReady, ingestReadySchema } from "../../telemetry/ingest/messages.ts";
import type { Log } from "../log.ts";
import { SupervisedProgram } from "./supervised-program.ts";

export interface IngestProcessOptions {
  readonly file: string;
  /** As they stand at each start. */
  readonly orders: () => IngestOrders;
  readonly log: Log;
}

/** The ingest beside us. */
export interface IngestProcess {
  readonly pid: number | undefined;
  /** Undefined while it listens; else why not. */
  readonly unavailable: string | undefined;
  /** Where it listens; undefined while it does not. */
  readonly ready: IngestReady | undefined;
  /** What it counted last, since its start. */
  readonly counters: IngestCounters | undefined;
  /** Tells it what changed; at its next start it is in its orders. */
  update(changes: { storeUrl?: string; tokens?: IngestOrders["tokens"] }): void;
  stop(): Promise<void>;
}

/** Runs the ingest beside us, and says what it says. */
export function startIngestProcess(options: IngestProcessOptions): IngestProcess {
  const { log } = options;
  let ready: IngestReady | undefined;
  let counters: IngestCounters | undefined;
  let told = "";
  const program: SupervisedProgram<IngestReady> = new SupervisedProgram({
    name: "telemetry ingest",
    file: options.file,
    orders: options.orders,
    read: (message) => ingestReadySchema.parse(message),
    onReady(now) {
      ready = now;
      // What changed while it was starting was not told.
      const { storeUrl = "", tokens } = options.orders();
      program.send({ storeUrl, tokens });
      const taken = now.taken.join(", ");
      if (taken !== "" && taken !== told) {
        log.warn(
          { taken: now.taken },
          "a port for telemetry is taken: send it to the console's own port, or choose LEVERFRAME_OTLP_HTTP_PORT and LEVERFRAME_OTLP_GRPC_PORT",
        );
      }
      told = taken;
    },
    onGone() {
      ready = undefined;
    },
    onMessage(message) {
      if (typeof message !== "object" || message === null) return;
      if ("ask" in message) program.send({ tokens: options.orders().tokens });
      if ("counters" in message) counters = message.counters as IngestCounters;
    },
    log,
  });
  return {
    get pid() {
      return program.pid;
    },
    get unavailable() {
      return program.unavailable;
    },
    get ready() {
      return ready;
    },
    get counters() {
      return counters;
    },
    update: (changes) => program.send(changes),
    stop: () => program.stop(),
  };
}

import type { AddressInfo } from "node:net";
import { standBack } from "../niced.ts";
import { ByteBudget } from "./byte-budget.ts";
import { newCounters } from "./counters.ts";
import { GroupCommit } from "./group-commit.ts";
import { createGrpcDoor } from "./grpc-door.ts";
import { createHttpDoor } from "./http-door.ts";
import { Inserter } from "./inserter.ts";
import { Intake } from "./intake.ts";
import { type IngestOrders, type IngestReady, ingestOrdersSchema, ingestUpdateSchema } from "./messages.ts";
import { Redaction } from "./redaction.ts";

/**
 * The ingest as a process: takes OTLP in over HTTP and gRPC and puts it into the store, so that none of it runs on the
 * loop that carries levers. Whoever forks it sends its orders, then what changes, and is told its ports and counters.
 * It goes when its parent goes.
 */
const COUNTERS_MS = 1_000;
const STOP_WITHIN_MS = 3_000;

/** What both of Node's servers can do. */
interface Door {
  once(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  listen(port: number, host: string, listener: () => void): unknown;
  address(): AddressInfo | string | null;
  close(): unknown;
}

function listen(door: Door, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    door.once("error", reject);
    door.listen(port, host, () => {
      door.off("error", reject);
      resolve((door.address() as AddressInfo).port);
    });
  });
}

async function serve(orders: IngestOrders): Promise<void> {
  const budget = new ByteBudget(orders.queueBytes);
  const inserter = new Inserter();
  inserter.use(orders.storeUrl);
  const commit = new GroupCommit({ store: (batches) => inserter.store(batches), budget });
  const intake = new Intake({
    commit,
    budget,
    redaction: new Redaction({ keys: orders.redactKeys, patterns: orders.redactPatterns }),
    counters: newCounters(orders.queueBytes),
    nowMs: Date.now,
    askTokens: () => process.send?.({ ask: "tokens" }),
  });
  intake.useTokens(orders.tokens);
  process.on("message", (message) => {
    if (message === "ping") return void process.send?.("pong");
    const update = ingestUpdateSchema.parse(message);
    if (update.storeUrl !== undefined) inserter.use(update.storeUrl === "" ? undefined : update.storeUrl);
    if (update.tokens !== undefined) intake.useTokens(update.tokens);
  });
  const doors: Door[] = [createHttpDoor(intake)];
  const ready: { -readonly [Key in keyof IngestReady]: IngestReady[Key] } & { taken: string[] } = {
    innerPort: await listen(doors[0] as Door, 0, "127.0.0.1"),
    taken: [],
  };
  for (const [name, port, door] of [
    ["httpPort", orders.httpPort, createHttpDoor(intake)],
    ["grpcPort", orders.grpcPort, createGrpcDoor(intake)],
  ] as const) {
    try {
      ready[name] = await listen(door, port, orders.host);
      doors.push(door);
    } catch (error) {
      const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
      ready.taken.push(`${port} (${why})`);
    }
  }
  const report = setInterval(
    () => process.send?.({ counters: intake.snapshot(inserter.failed) }),
    COUNTERS_MS,
  );
  const stop = (): void => {
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    clearInterval(report);
    for (const door of doors) door.close();
    void commit.drained().then(() => process.exit(0));
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);
  process.send?.(ready);
}

standBack();
process.on("disconnect", () => process.exit(0));
process.once("message", (message) => {
  serve(ingestOrdersSchema.parse(message)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
});

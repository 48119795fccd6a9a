import type { AddressInfo } from "node:net";
import { standBack } from "../niced.ts";
import { Engine } from "./engine.ts";
import { createDialectServer } from "./http-dialect.ts";
import { type StoreOrders, storeOrdersSchema } from "./messages.ts";

/**
 * The telemetry store as a process: ClickHouse as a library behind its own HTTP dialect, on loopback. Whoever forks it
 * sends its orders, and is told its port. It goes when its parent goes, and by SIGKILL: the library may hang on exit,
 * and what it has answered for is with the system already.
 */
const STOP_WITHIN_MS = 3_000;

const endAtOnce = (): void => void process.kill(process.pid, "SIGKILL");

async function serve(orders: StoreOrders): Promise<void> {
  const engine = await Engine.open(orders);
  const server = createDialectServer({ engine, user: orders.user, password: orders.password });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(orders.port, "127.0.0.1", resolve);
  });
  const stop = (): void => {
    setTimeout(endAtOnce, STOP_WITHIN_MS);
    server.close(endAtOnce);
    server.closeIdleConnections();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);
  process.send?.({ port: (server.address() as AddressInfo).port });
}

standBack();
process.on("disconnect", endAtOnce);
process.once("message", (message) => {
  process.on("message", (other) => {
    if (other === "ping") process.send?.("pong");
  });
  serve(storeOrdersSchema.parse(message)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
});

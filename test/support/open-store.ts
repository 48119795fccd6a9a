import { createLog } from "../../src/infra/log.ts";
import { ClickHouseStore } from "../../src/infra/telemetry/clickhouse-store.ts";
import { ClickHouseServer } from "./clickhouse-server.ts";
import { eventually } from "./eventually.ts";

/** A telemetry store as the control plane has it, with its tables made, over a server of its own. */
export interface OpenStore extends AsyncDisposable {
  readonly store: ClickHouseStore;
}

export async function openStore(): Promise<OpenStore> {
  const clickhouse = await ClickHouseServer.start();
  const store = new ClickHouseStore(createLog("silent", "test"));
  store.use(clickhouse.url);
  const opened: OpenStore = {
    store,
    async [Symbol.asyncDispose]() {
      store.away("the test is over");
      await clickhouse[Symbol.asyncDispose]();
    },
  };
  try {
    await eventually(
      () => store.unavailable,
      (why) => why === undefined,
      20_000,
    );
    return opened;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

import type { TelemetryStore } from "../features/telemetry/store.ts";
import { createTraceReader } from "../features/traces/store-reader.ts";
import type { TracesPort } from "../features/traces/traces-router.ts";
import type { Rooms } from "./environment-rooms.ts";

/** Traces from the telemetry store, of environments that there are. */
export const openTraces = (rooms: Rooms, store: TelemetryStore): TracesPort => ({
  reader: createTraceReader(store),
  known: (env) => void rooms.room(env),
});

import { CALL_LOG_BREAKER, CALL_LOG_METRIC, CALL_LOG_TEXT, EVERY_SERVICE } from "@leverframe/agent/protocol";
import type { CallLogReader, LogSpan } from "../../features/replay/call-log-reader.ts";
import type { TelemetryStore } from "../../features/telemetry/store.ts";

/** Steps in which calls are weighed before they are read. */
const STEP_MS = 10_000;
const MOST_ROWS = 20_000;

/** Reads what agents recorded from the samples in the telemetry store. */
export function createCallLogReader(store: TelemetryStore): CallLogReader {
  return {
    async rows(span, most) {
      const cutMs = await cutOf(store, span, most);
      const found = await store.query<{ service: string; instance: string; text: string; at: string }>(
        `SELECT ServiceName AS service, ResourceAttributes['service.instance.id'] AS instance,
          Attributes[{text:String}] AS text, toString(toUnixTimestamp64Nano(TimeUnix)) AS at
        ${FROM} ORDER BY TimeUnix DESC LIMIT ${MOST_ROWS}`,
        { ...paramsOf({ ...span, fromMs: cutMs ?? span.fromMs }), text: CALL_LOG_TEXT },
      );
      const rows = found.map(({ at, ...row }) => ({ ...row, toMs: Number(at) / 1e6 }));
      const oldest = found.length < MOST_ROWS ? cutMs : Math.max(cutMs ?? 0, rows.at(-1)?.toMs ?? 0);
      return oldest === undefined ? { rows } : { rows, cutMs: oldest };
    },
  };
}

const FROM = `FROM otel_metrics_sum
  WHERE MetricName = {metric:String} AND ({service:String} = '${EVERY_SERVICE}' OR ServiceName = {service:String})
    AND Environment = {env:String} AND Attributes[{key:String}] = {breaker:String}
    AND TimeUnix >= fromUnixTimestamp64Milli({from:Int64}) AND TimeUnix < fromUnixTimestamp64Milli({to:Int64})`;

const paramsOf = ({ env, service, breaker, fromMs, toMs }: LogSpan) => ({
  metric: CALL_LOG_METRIC,
  key: CALL_LOG_BREAKER,
  env,
  service,
  breaker,
  from: Math.floor(fromMs),
  to: Math.ceil(toMs),
});

/** From when on there are at most so many calls; undefined where that is all of the span. */
async function cutOf(store: TelemetryStore, span: LogSpan, most: number): Promise<number | undefined> {
  const steps = await store.query<{ at: number | string; calls: number }>(
    `SELECT intDiv(toUnixTimestamp64Milli(TimeUnix), {step:Int64}) AS at, sum(Value) AS calls
    ${FROM} GROUP BY at ORDER BY at DESC LIMIT ${MOST_ROWS}`,
    { ...paramsOf(span), step: STEP_MS },
  );
  let calls = 0;
  for (const step of steps) {
    calls += step.calls;
    if (calls > most) return (Number(step.at) + 1) * STEP_MS;
  }
  return undefined;
}

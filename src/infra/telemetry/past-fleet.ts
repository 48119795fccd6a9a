import { groupBy } from "../../domain/group-by.ts";
import type { InstanceTold } from "../../domain/topology/node-facts.ts";
import type { TelemetryStore } from "../../features/telemetry/store.ts";
import type { PastFleet } from "../../features/topology/past-fleet.ts";

/** Scrapes come every 5 s; a few may be late. */
const LOOK_BACK_MS = 20_000;
const MOST_ROWS = 50_000;

interface Sample {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly name: string;
  readonly state: string;
  readonly value: number;
  readonly version: string;
  readonly zone: string;
}

/** From the samples `up` and `circuitbreaker_state` of the built-in scraper. */
export const createPastFleet = (store: TelemetryStore): PastFleet => ({
  async at(env, atMs) {
    const samples = await store.query<Sample>(
      `SELECT ServiceName AS service, ResourceAttributes['service.instance.id'] AS instance, MetricName AS metric,
        Attributes['name'] AS name, Attributes['state'] AS state, argMax(Value, TimeUnix) AS value,
        argMax(ResourceAttributes['service.version'], TimeUnix) AS version,
        argMax(ResourceAttributes['cloud.availability_zone'], TimeUnix) AS zone
      FROM otel_metrics_gauge
      WHERE MetricName IN ('up', 'circuitbreaker_state') AND Environment = {env:String}
        AND TimeUnix > fromUnixTimestamp64Milli({from:Int64}) AND TimeUnix <= fromUnixTimestamp64Milli({at:Int64})
      GROUP BY service, instance, metric, name, state
      HAVING metric = 'up' OR (value = 1 AND state != 'CLOSED')
      ORDER BY service, instance LIMIT ${MOST_ROWS}`,
      { env, from: Math.floor(atMs - LOOK_BACK_MS), at: Math.floor(atMs) },
    );
    return [...groupBy(samples, ({ service }) => service)].map(([service, rows]) => ({
      service,
      instances: [...groupBy(rows, ({ instance }) => instance).values()].flatMap(instanceOf),
    }));
  },
});

function instanceOf(samples: readonly Sample[]): readonly InstanceTold[] {
  const up = samples.find(({ metric }) => metric === "up");
  if (up === undefined) return [];
  const breakers = samples.flatMap(({ metric, name, state }) =>
    metric === "circuitbreaker_state" && (state === "OPEN" || state === "HALF_OPEN")
      ? [{ name, state, mode: "NORMAL" } as const]
      : [],
  );
  return [
    {
      state: up.value === 1 ? "live" : "unproved",
      version: up.version,
      zone: up.zone,
      held: [],
      breakers,
    },
  ];
}

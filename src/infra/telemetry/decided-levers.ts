import type { TelemetryStore } from "../../features/telemetry/store.ts";

const METRIC = "leverframe_agent_decisions_total";
const MOST = 50_000;

/**
 * `service/kind/name` of levers whose decisions rose at some instance since `sinceMs`, by scraped five minutes; undefined
 * where nothing was scraped. A lever of every service is named by each service that decided by it, and by `*`.
 */
export async function decidedLevers(
  store: TelemetryStore,
  env: string,
  sinceMs: number,
): Promise<ReadonlySet<string> | undefined> {
  const rows = await store.query<{ service: string; kind: string; name: string; risen: number }>(
    `SELECT service, kind, name, max(risen) AS risen FROM (
      SELECT ServiceName AS service, Attributes['kind'] AS kind, Attributes['name'] AS name, InstanceId,
        max(Max) - min(Min) AS risen
      FROM leverframe_metrics_5m
      WHERE Environment = {env:String} AND MetricName = '${METRIC}' AND Time >= toDateTime({since:UInt32})
      GROUP BY ServiceName, Attributes, InstanceId
    ) GROUP BY service, kind, name LIMIT ${MOST}`,
    { env, since: Math.floor(sinceMs / 1_000) },
  );
  if (rows.length === 0) return undefined;
  return new Set(
    rows
      .filter(({ risen }) => risen > 0)
      .flatMap(({ service, kind, name }) => [`${service}/${kind}/${name}`, `*/${kind}/${name}`]),
  );
}

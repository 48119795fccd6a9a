import { createHash } from "node:crypto";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";

const TRACES_AN_HOUR = 625_000;
const SPANS_A_TRACE = 8;
export const SPANS_AN_HOUR = TRACES_AN_HOUR * SPANS_A_TRACE;
const TRACES_A_BATCH = 25_000;
const ENDPOINTS = 50;
const SERVICES = 40;

/**
 * Makes spans within the store: 625,000 traces of eight spans an hour, of 50 endpoints over 40 services, each with a dozen
 * attributes; each hour further back. One in a hundred failed, one in fifty was touched by a lever, durations are long-tailed.
 */
export class SpanMill {
  readonly #client;
  readonly #env: string;
  readonly #endMs: number;
  #hours = 0;

  constructor(options: { readonly url: string; readonly env: string; readonly endMs: number }) {
    this.#client = createClient({
      url: options.url,
      request_timeout: 120_000,
      log: { level: ClickHouseLogLevel.OFF },
    });
    this.#env = options.env;
    this.#endMs = options.endMs;
  }

  /** How many there are. */
  get traces(): number {
    return this.#hours * TRACES_AN_HOUR;
  }

  traceId(index: number): string {
    return createHash("md5").update(`${index}`).digest("hex");
  }

  operation(turn: number): string {
    const endpoint = turn % ENDPOINTS;
    return `GET /things-${endpoint}/:id/part-${turn % SPANS_A_TRACE}`;
  }

  /** Until there are so many hours. `look` is called after each batch. */
  async grind(hours: number, look: () => Promise<void>): Promise<void> {
    for (; this.#hours < hours; this.#hours += 1) {
      for (let batch = 0; batch < TRACES_AN_HOUR / TRACES_A_BATCH; batch += 1) {
        const firstTrace = this.#hours * TRACES_AN_HOUR + batch * TRACES_A_BATCH;
        await this.#client.command({
          query: INSERT,
          query_params: {
            env: this.#env,
            first: firstTrace * SPANS_A_TRACE,
            spans: TRACES_A_BATCH * SPANS_A_TRACE,
            endUs: `${(this.#endMs - this.#hours * 3_600_000) * 1_000}`,
            base: this.#hours * TRACES_AN_HOUR,
          },
        });
        await look();
      }
    }
    if (hours > 1) await this.#client.close();
  }
}

const STEP_US = Math.floor(3_600_000_000 / TRACES_AN_HOUR);

const INSERT = `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName,
  ResourceAttributes, ScopeName, SpanAttributes, Duration, StatusCode)
WITH intDiv(number, ${SPANS_A_TRACE}) AS trace, number % ${SPANS_A_TRACE} AS k, trace % ${ENDPOINTS} AS endpoint,
  (endpoint * 7 + k * 3) % ${SERVICES} AS service, (endpoint * 7 + (k + 1) * 3) % ${SERVICES} AS callee,
  sipHash64(number) AS chance, k % 2 = 1 OR k = 7 AS calls
SELECT fromUnixTimestamp64Micro({endUs:Int64} - toInt64(trace - {base:UInt64}) * ${STEP_US} - 1000000 + toInt64(k) * 700) AS Timestamp,
  lower(hex(MD5(toString(trace)))) AS TraceId, lower(hex(sipHash64(number, 1))) AS SpanId,
  if(k = 0, '', lower(hex(sipHash64(trace * ${SPANS_A_TRACE} + intDiv(k - 1, 2), 1)))) AS ParentSpanId,
  concat('GET /things-', toString(endpoint), '/:id/part-', toString(k)) AS SpanName,
  if(calls, 'Client', 'Server') AS SpanKind,
  concat('service-', toString(service)) AS ServiceName,
  map('service.name', concat('service-', toString(service)), 'service.version', '1.4.2', 'deployment.environment.name', {env:String},
    'service.instance.id', concat('service-', toString(service), '-', toString(chance % 3)), 'cloud.availability_zone', 'zone-a'),
  '@opentelemetry/instrumentation-http',
  mapUpdate(map('http.request.method', 'GET', 'http.route', concat('/things-', toString(endpoint), '/:id'),
    'http.response.status_code', if(chance % 100 = 0, '500', '200'), 'url.path', concat('/things-', toString(endpoint), '/', toString(chance % 100000)),
    'server.address', 'things.internal', 'server.port', '8080', 'network.protocol.version', '1.1', 'user_agent.original', 'undici',
    'enduser.id', concat('user-', toString(trace % 100000)), 'leverframe.revision.own', toString(18402 + intDiv(trace, 100000))),
    mapUpdate(if(calls, map('peer.service', concat('service-', toString(callee))), CAST(map(), 'Map(String, String)')),
      if(chance % 50 = 1, map('leverframe.levers', '["switch/comments"]'), CAST(map(), 'Map(String, String)')))) AS SpanAttributes,
  toUInt64(1000000 * pow(10, (chance % 1000) / 1000 * 2.2) / (k + 1)) + if(chance % 499 = 0, 800000000, 0) AS Duration,
  if(chance % 100 = 0, 'Error', 'Unset') AS StatusCode
FROM numbers({first:UInt64}, {spans:UInt64})`;

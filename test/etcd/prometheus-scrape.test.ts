import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RemoteClient, remoteClient } from "../../src/cli/remote-client.ts";
import { createPrometheusReader } from "../../src/features/metrics/prometheus-reader.ts";
import { createAskPrometheus } from "../../src/infra/prometheus/ask-prometheus.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { eventually } from "../support/eventually.ts";
import { MeasuredService } from "../support/measured-service.ts";
import { PrometheusServer } from "../support/prometheus-server.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";

/**
 * Guarantee: Debian's Prometheus finds real services by `/api/sd/prometheus`, and tells of them what the built-in pages
 * tell, on the same windows; a console that asks it (`PROMETHEUS_URL`) answers from it. It is never told that nobody is
 * there by a control plane that can't know.
 */
const ENV = "prod";
const PACE = 10;
let etcd: EtcdServer;
let stage: TelemetryStage;
let prometheus: PrometheusServer;
let asking: ControlPlaneProcess;
let token: string;
const services: MeasuredService[] = [];
let built: RemoteClient;
let theirs: RemoteClient;

beforeAll(async () => {
  etcd = await EtcdServer.start();
  stage = await startTelemetryStage({ etcd: etcd.endpoint, environments: "dev,prod" });
  token = await stage.token({ role: "viewer", env: ENV });
  services.push(
    ...(await Promise.all(
      ["order-1", "order-2", "payment-1"].map((instance) =>
        MeasuredService.start({
          env: ENV,
          service: instance.split("-")[0] ?? "",
          instance,
          version: "1.0.0",
          endpoints: [etcd.endpoint],
          requestsPerSecond: PACE,
        }),
      ),
    )),
  );
  prometheus = await PrometheusServer.start({
    global: { scrape_interval: "5s", scrape_timeout: "4s" },
    scrape_configs: [
      {
        job_name: "leverframe",
        http_sd_configs: [
          {
            url: `${stage.server.url}/api/sd/prometheus?env=${ENV}`,
            refresh_interval: "2s",
            // Some of its releases send a token without the type that they say is their default.
            authorization: { type: "Bearer", credentials: token },
          },
        ],
      },
    ],
  });
  asking = await ControlPlaneProcess.start({
    etcd: etcd.endpoint,
    environments: "dev,prod",
    env: { PROMETHEUS_URL: prometheus.url },
  });
  built = remoteClient(stage.server.url, token);
  theirs = remoteClient(asking.url, token);
}, 120_000);
afterAll(async () => {
  await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  for (const part of [asking, prometheus, stage, etcd]) await part[Symbol.asyncDispose]();
});

type Figure = Parameters<RemoteClient["api"]["metrics"]["range"]["query"]>[0]["figure"];
const rate = (metric: string, status?: string): Extract<Figure, { kind: "rate" }> => ({
  kind: "rate",
  metric,
  ...(status === undefined ? {} : { where: { status: { is: status } } }),
});
const FIGURES: Readonly<Record<string, readonly [figure: Figure, by: string[], tolerance: number]>> = {
  "requests by service": [rate("http_requests_total"), ["service"], 0.1],
  "requests by instance and status": [rate("http_requests_total"), ["instance", "status"], 0.15],
  "the share of errors": [
    { kind: "ratio", of: rate("http_requests_total", "500"), to: rate("http_requests_total") },
    ["service"],
    0.15,
  ],
  "the mean duration": [
    {
      kind: "ratio",
      of: rate("http_request_duration_seconds_sum"),
      to: rate("http_request_duration_seconds_count"),
    },
    ["service"],
    0.15,
  ],
  "the 95th percentile": [
    { kind: "quantile", q: 0.95, metric: "http_request_duration_seconds" },
    ["service"],
    0.25,
  ],
  memory: [{ kind: "gauge", metric: "process_resident_memory_bytes", by: "max" }, ["instance"], 0.3],
  "who is up": [{ kind: "gauge", metric: "up", by: "sum" }, ["service"], 0],
};

/** What the two tell differently of the window that ends at a moment. */
async function disagreementsAt(atMs: number, windowMs: number): Promise<string[]> {
  const found: string[] = [];
  for (const [name, [figure, by, tolerance]] of Object.entries(FIGURES)) {
    const asked = { env: ENV, figure, by, atMs, windowMs };
    const [ours, others] = await Promise.all([
      built.api.metrics.instant.query(asked),
      theirs.api.metrics.instant.query(asked),
    ]);
    const nameOf = (labels: Readonly<Record<string, string>>) => by.map((one) => labels[one]).join(" ");
    expect(ours.map(({ labels }) => nameOf(labels)).sort(), name).toEqual(
      others.map(({ labels }) => nameOf(labels)).sort(),
    );
    expect(ours.length, name).toBeGreaterThan(1);
    for (const { labels, value } of ours) {
      const other = others.find((one) => nameOf(one.labels) === nameOf(labels))?.value ?? Number.NaN;
      if (!(Math.abs(value - other) <= tolerance * Math.abs(other)))
        found.push(`${name}, ${nameOf(labels)}: ${value} and ${other}`);
    }
  }
  return found;
}

describe("a Prometheus of the distribution", () => {
  test("finds every instance, under the labels by which pages ask", async () => {
    const health = await eventually(
      () => prometheus.targets(),
      (targets) => Object.values(targets).filter((one) => one === "up").length === 3,
      30_000,
    );
    expect(Object.keys(health).sort()).toEqual(["order-1", "order-2", "payment-1"]);
  });

  test("agrees with the built-in scraper and store on the same windows", async () => {
    const since = Date.now();
    const windowMs = 45_000;
    // Both must have scraped all of a window.
    const counted = async (client: RemoteClient) =>
      client.api.metrics.range.query({
        env: ENV,
        figure: rate("http_requests_total"),
        by: ["instance"],
        fromMs: since,
        toMs: Date.now(),
        stepMs: 5_000,
        windowMs: 10_000,
      });
    await eventually(
      async () => [await counted(built), await counted(theirs)],
      (answers) =>
        answers.every((series) => series.length === 3 && series.every(({ points }) => points.length >= 11)),
      90_000,
    );
    // The two scrape at different moments: where the traffic is uneven for some seconds, they see different parts of it.
    // Then the next window is compared; what tells different things never agrees.
    let atMs = 0;
    await eventually(
      async () => {
        atMs = Date.now() - 5_000;
        return disagreementsAt(atMs, windowMs);
      },
      (found) => found.length === 0,
      90_000,
    );
    // The figures are those of the traffic that there is.
    const [order] = await createPrometheusReader(createAskPrometheus(prometheus.url)).instant(
      { env: ENV, figure: rate("http_requests_total"), by: ["service"], where: { service: { is: "order" } } },
      { atMs, windowMs },
    );
    expect(order?.value).toBeGreaterThan(2 * PACE * 0.5);
    expect(order?.value).toBeLessThan(2 * PACE * 1.2);
  }, 240_000);
});

describe("the discovery", () => {
  const ask = (query: string, authorization?: string) =>
    fetch(`${stage.server.url}/api/sd/prometheus${query}`, {
      headers: authorization === undefined ? {} : { authorization },
    });

  test("is for those who may see the environment", async () => {
    const dev = await stage.token({ role: "viewer", env: "dev" });
    expect((await ask(`?env=${ENV}`)).status).toBe(401);
    expect((await ask(`?env=${ENV}`, `Bearer ${dev}`)).status).toBe(403);
    expect((await ask("", `Bearer ${token}`)).status).toBe(400);
    const empty = await ask("?env=dev", `Bearer ${dev}`);
    expect([empty.status, await empty.json()]).toEqual([200, []]);
    expect(empty.headers.get("content-type")).toContain("application/json");
  });

  test("answers 503 while etcd can't be followed, never an empty list, and Prometheus keeps its targets", async () => {
    await etcd.stop();
    const seen = new Set<string>();
    await eventually(
      async () => {
        const answer = await ask(`?env=${ENV}`, `Bearer ${token}`);
        const text = await answer.text();
        seen.add(
          answer.status === 200 ? `200 of ${(JSON.parse(text) as unknown[]).length}` : String(answer.status),
        );
        return answer.status;
      },
      (status) => status === 503,
      60_000,
    );
    expect([...seen].filter((one) => one !== "200 of 3")).toEqual(["503"]);
    expect(Object.keys(await prometheus.targets())).toHaveLength(3);
    await etcd.up();
    await eventually(
      async () => (await ask(`?env=${ENV}`, `Bearer ${token}`)).status,
      (status) => status === 200,
      60_000,
    );
  }, 150_000);
});

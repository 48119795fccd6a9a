import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Page } from "@playwright/test";
import { consoleUrl, ENVIRONMENT, expect, test } from "./fixtures.ts";
import { complaints, settled } from "./look.ts";
import { reporterToken } from "./reporting.ts";

/** The graph and the traces of the living fleet, and traces that come in files: whole, foreign, and broken. */
const TRACE = "5b8aa5a2d2c872e8321cf37308d69df2";
const START_US = 1_790_000_000_000_000;

const span = (
  spanID: string,
  parent: string | undefined,
  process: string,
  fromUs: number,
  duration: number,
) => ({
  traceID: TRACE,
  spanID,
  operationName: `work ${spanID}`,
  references: parent === undefined ? [] : [{ refType: "CHILD_OF", traceID: TRACE, spanID: parent }],
  startTime: START_US + fromUs,
  duration,
  tags: [{ key: "span.kind", type: "string", value: "server" }],
  logs: [],
  processID: process,
});

/** As Jaeger gives it: a good half, a parent that never came, two spans that are each other's parents, a clock that is early. */
const BROKEN = {
  data: [
    {
      traceID: TRACE,
      spans: [
        span("a1", undefined, "p1", 0, 900_000),
        span("a2", "a1", "p2", -400_000, 300_000),
        span("a3", "nobody", "p2", 100_000, 50_000),
        span("a4", "a5", "p1", 200_000, 10_000),
        span("a5", "a4", "p1", 200_000, 10_000),
      ],
      processes: {
        p1: { serviceName: "foreign-shop", tags: [] },
        p2: { serviceName: "foreign-stock", tags: [] },
      },
    },
  ],
};

async function openFile(page: Page, name: string, text: string): Promise<void> {
  await page.goto(`/traces?env=${ENVIRONMENT}`);
  await settled(page);
  await page.locator("input[type=file]").setInputFiles({
    name,
    mimeType: "application/json",
    buffer: Buffer.from(text),
  });
}

test("the graph shows the shop's services and who calls whom, and keeps nobody out", async ({ page }) => {
  test.setTimeout(90_000);
  await page.goto(`/topology?env=${ENVIRONMENT}`);
  const nodes = page.locator("[data-node]");
  await expect(page.locator("[data-node=gateway]")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("[data-node=payment]")).toBeVisible();
  expect(await nodes.count()).toBeGreaterThan(6);
  const found: string[] = [];
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await settled(page);
    found.push(...(await complaints(page, `topology ${width}`)));
  }
  expect(found).toEqual([]);
});

test("traces of the shop are found, opened, and keep nobody out", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(`/traces?env=${ENVIRONMENT}&service=gateway`);
  const first = page.locator("[data-trace]").first();
  await expect(first).toBeVisible({ timeout: 60_000 });
  const found = [...(await complaints(page, "search"))];
  await first.getByRole("link").click();
  await expect(
    page
      .getByTestId("waterfall")
      .getByLabel(/^gateway /)
      .first(),
  ).toBeVisible();
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await settled(page);
    found.push(...(await complaints(page, `trace ${width}`)));
  }
  expect(found).toEqual([]);
});

test("a broken trace of somebody else's is shown from its file, with what is wrong of it", async ({
  page,
}) => {
  await openFile(page, "broken.json", JSON.stringify(BROKEN));
  const waterfall = page.getByTestId("waterfall");
  await expect(waterfall.getByLabel(/^foreign-shop work a1/)).toBeVisible();
  for (const id of ["a2", "a3", "a4", "a5"]) {
    await expect(waterfall.getByLabel(new RegExp(`work ${id}`))).toBeVisible();
  }
  const faults = page.getByTestId("faults");
  await expect(faults).toBeVisible();
  const words = (await faults.innerText()).toLowerCase();
  expect(words).toMatch(/parent/);
  expect(words).toMatch(/clock/);
  expect(await complaints(page, "broken trace")).toEqual([]);
});

test("a file that is no trace says so, and what can be opened", async ({ page }) => {
  await openFile(page, "shopping.json", '{"bread": 2}');
  await expect(page.getByRole("alert").first()).toContainText(/Jaeger|OTLP/);
});

test("a service without our agent is in the graph, and its trace is shown, by a plain OpenTelemetry SDK", async ({
  page,
  request,
}) => {
  test.setTimeout(90_000);
  const exporter = new OTLPTraceExporter({
    url: `${consoleUrl()}/v1/traces`,
    headers: { authorization: `Bearer ${await reporterToken(request)}` },
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "old-billing" }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("billing", "1.0");
  const whole = tracer.startSpan("POST /bill", { kind: SpanKind.SERVER });
  const call = tracer.startSpan(
    "SELECT bills",
    { kind: SpanKind.CLIENT, attributes: { "db.system.name": "postgresql", "db.namespace": "bills-db" } },
    trace.setSpan(context.active(), whole),
  );
  call.addEvent("a row was locked");
  call.setStatus({ code: SpanStatusCode.ERROR, message: "lock timeout" });
  call.end();
  whole.end();
  await provider.shutdown();

  const { traceId } = whole.spanContext();
  await page.goto(`/traces?env=${ENVIRONMENT}&trace=${traceId}`);
  const waterfall = page.getByTestId("waterfall");
  await expect(waterfall.getByLabel(/^old-billing POST \/bill/)).toBeVisible({ timeout: 30_000 });
  await waterfall.getByLabel(/^old-billing SELECT bills/).click();
  await expect(page.getByTestId("span-details")).toContainText("lock timeout");
  await expect(page.getByTestId("span-details")).toContainText("a row was locked");

  await page.goto(`/topology?env=${ENVIRONMENT}`);
  await expect(page.locator("[data-node=old-billing]")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("[data-node=bills-db]")).toBeVisible();
});

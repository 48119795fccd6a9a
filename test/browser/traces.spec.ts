import { readFile } from "node:fs/promises";
import { context, SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { consoleUrl, ENVIRONMENT, expect, test } from "./fixtures.ts";
import { complaints } from "./look.ts";
import { reporterToken } from "./reporting.ts";

/** What one does with traces once they are found: compare, count, follow, save; and the statements that were slow. */
const SERVICE = "old-ledger";
const STATEMENT = "SELECT entries WHERE account = ?";
const SECOND_MS = 1_000;

interface Told {
  readonly traceId: string;
  readonly statementMs: number;
}

/** A service of another SDK reports two orders of its ledger: one whose statement is quick, one whose statement is slow. */
async function tellTwo(request: APIRequestContext): Promise<readonly [quick: Told, slow: Told]> {
  const exporter = new OTLPTraceExporter({
    url: `${consoleUrl()}/v1/traces`,
    headers: { authorization: `Bearer ${await reporterToken(request)}` },
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": SERVICE }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("ledger");
  const tell = (statementMs: number): Told => {
    const endMs = Date.now() - 2 * SECOND_MS;
    const startTime = endMs - statementMs - 20;
    const whole = tracer.startSpan("GET /entries", { kind: SpanKind.SERVER, startTime });
    const call = tracer.startSpan(
      STATEMENT,
      {
        kind: SpanKind.CLIENT,
        startTime: startTime + 10,
        attributes: { "db.system.name": "postgresql", "db.query.text": STATEMENT, "db.namespace": "ledger" },
      },
      trace.setSpan(context.active(), whole),
    );
    call.end(startTime + 10 + statementMs);
    whole.end(endMs);
    return { traceId: whole.spanContext().traceId, statementMs };
  };
  const both = [tell(30), tell(730)] as const;
  await provider.shutdown();
  return both;
}

const at = (path: string): string => `/traces?env=${ENVIRONMENT}${path}`;

async function drag(page: Page, target: Locator, fromPart: number, toPart: number): Promise<void> {
  const box = await target.boundingBox();
  if (box === null) throw new Error("there is nothing to drag on");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * fromPart, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * toPart, y, { steps: 6 });
  await page.mouse.up();
}

test("two traces of another SDK are compared, counted and drawn, and a saved file opens as the same", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const [quick, slow] = await tellTwo(request);
  await page.goto(at(`&trace=${quick.traceId}`));
  const waterfall = page.getByTestId("waterfall");
  await expect(waterfall.getByLabel(new RegExp(`^${SERVICE} GET /entries`))).toBeVisible({ timeout: 30_000 });

  await page.getByRole("radio", { name: "Compare" }).click();
  await page.getByRole("textbox", { name: "Compare with" }).fill(slow.traceId);
  await page.getByTestId("compare").getByRole("button", { name: "Compare" }).click();
  await expect(page.getByTestId("compare")).toContainText("The second takes 700 ms longer");
  await expect(page.getByTestId("compare")).toContainText("slower");
  const found = await complaints(page, "compare");
  await page.getByRole("radio", { name: "Statistics" }).click();
  await expect(page.getByTestId("statistics")).toContainText(STATEMENT);
  found.push(...(await complaints(page, "statistics")));
  await page.getByRole("radio", { name: "Flow" }).click();
  await expect(page.getByTestId("flow")).toContainText("ledger");
  await page.getByRole("radio", { name: "Flame graph" }).click();
  await expect(page.getByTestId("flame")).toContainText("GET /entries");
  found.push(...(await complaints(page, "flame")));
  expect(found).toEqual([]);

  for (const format of ["OTLP", "Jaeger"]) {
    await page.goto(at(`&trace=${slow.traceId}`));
    const facts = page.getByTestId("trace-facts");
    await expect(facts).toContainText("2 spans");
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: format }).click();
    const text = await readFile(await (await saving).path());
    await page.goto(at(""));
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: `${format}.json`, mimeType: "application/json", buffer: text });
    await expect(facts).toContainText("2 spans");
    await expect(facts).toContainText("750 ms");
    await waterfall.getByLabel(new RegExp(`^${SERVICE} SELECT entries`)).click();
    await expect(page.getByTestId("span-details")).toContainText("postgresql");
  }
});

test("slow statements are listed by what they took, and lead to their slowest trace", async ({
  page,
  request,
}) => {
  test.setTimeout(90_000);
  const [, slow] = await tellTwo(request);
  await page.goto(at(`&tab=statements&service=${SERVICE}`));
  const row = page.getByRole("row").filter({ hasText: STATEMENT });
  await expect(row).toBeVisible({ timeout: 30_000 });
  await expect(row).toContainText(`${slow.statementMs} ms`);
  expect(await complaints(page, "statements")).toEqual([]);
  await row.getByRole("button").first().click();
  await expect(page.getByTestId("waterfall").getByLabel(new RegExp(`^${SERVICE} SELECT`))).toBeVisible();
});

test("a drag over the points narrows the time, and one over the small map narrows the trace", async ({
  page,
}) => {
  test.setTimeout(90_000);
  await page.goto(at("&service=gateway"));
  await expect(page.locator("[data-trace]").first()).toBeVisible({ timeout: 60_000 });
  // To the very end: a demo that has just begun has nothing but the last moments.
  await drag(page, page.getByTestId("scatter"), 0.4, 0.998);
  await expect(page.getByTestId("stretch")).toBeVisible();
  const narrowed = new URL(page.url()).searchParams;
  const lengthMs = Number(narrowed.get("to")) - Number(narrowed.get("from"));
  expect(lengthMs).toBeGreaterThan(0);
  expect(lengthMs).toBeLessThan(30 * 60 * SECOND_MS);
  await page.locator("[data-trace]").first().getByRole("link").click();
  const rows = page.getByTestId("waterfall");
  await expect(rows).toBeVisible();
  const small = page.getByTestId("minimap");
  const whole = page.getByRole("button", { name: "Whole time" });
  const veils = small.locator("span");
  await expect(veils).toHaveCount(0);
  await drag(page, small, 0.5, 0.9);
  await expect(veils).toHaveCount(3);
  await whole.click();
  await expect(veils).toHaveCount(0);
  await drag(page, small, 0.1, 0.6);
  await expect(whole).toBeVisible();
  await small.dblclick();
  await expect(whole).toBeHidden();
  await expect(veils).toHaveCount(0);
});

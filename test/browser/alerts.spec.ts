import type { APIRequestContext } from "@playwright/test";
import { consoleUrl, ENVIRONMENT, expect, test } from "./fixtures.ts";

/** Rules, silences and receivers by hand, on the living fleet. */
const NAME = "TwentyLive";

async function mutate(request: APIRequestContext, procedure: string, input: object): Promise<void> {
  await request.post(`/api/trpc/alerts.${procedure}`, {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, ...input } },
  });
}

test.afterEach(async ({ request }) => {
  await mutate(request, "deleteRule", { name: NAME });
  await mutate(request, "setRouting", { routes: [], inhibitions: [], saleDays: [] });
  await mutate(request, "deleteReceiver", { name: "nowhere" });
});

test("a rule is made, fires, is silenced with a reason, and its end is in the history", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(`/alerts?env=${ENVIRONMENT}&tab=rules`);
  await page.getByRole("button", { name: "New rule" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name: "Create rule" }).click();
  await expect(sheet.getByText("Letters, digits and _, beginning with a letter")).toBeVisible();
  await expect(sheet.getByText("A number")).toBeVisible();
  await sheet.getByLabel("Name", { exact: true }).fill(NAME);
  await sheet.getByLabel("Severity").selectOption("critical");
  await sheet.getByLabel("Figure").selectOption("gauge");
  await sheet.getByLabel("Metric").fill("leverframe_instances");
  await sheet.getByLabel("Only where").fill("state=live");
  await sheet.getByLabel("For each").fill("state");
  await sheet.getByLabel("Threshold", { exact: true }).fill("1");
  await sheet.getByLabel("For", { exact: true }).fill("0");
  await sheet.getByLabel("Summary").fill("{{ value }} instances are {{ state }}");
  await sheet.getByRole("button", { name: "Create rule" }).click();
  await expect(sheet).toBeHidden();
  await expect(page.locator(`[data-row=${NAME}]`)).toContainText(
    "max leverframe_instances{state=live} by state > 1",
  );

  await page.getByRole("link", { name: "Now" }).click();
  const row = page.locator(`[data-row=${NAME}]`);
  await expect(row).toContainText("20 instances are live", { timeout: 20_000 });
  await expect(row).toContainText("critical");
  await expect(page.getByTestId("verdict")).toContainText("1 critical");

  await row.getByRole("button", { name: `Silence ${NAME}` }).click();
  const silence = page.getByRole("dialog");
  await expect(silence.getByRole("button", { name: "Silence for 1 hour" })).toBeDisabled();
  await silence.getByRole("radio", { name: "4 h" }).click();
  await silence.getByLabel("Reason").fill("it is meant to be so");
  await silence.getByRole("button", { name: "Silence for 4 hours" }).click();
  await expect(silence).toBeHidden();
  await expect(row).toContainText("silenced");
  await page.getByRole("link", { name: "Who is told" }).click();
  const silenced = page
    .getByRole("region", { name: "Silences" })
    .getByRole("row", { name: /it is meant to be so/ });
  await expect(silenced).toContainText(`alertname=${NAME}`);
  await silenced.getByRole("button", { name: "End" }).click();
  await expect(silenced).toContainText("over");

  await page.goto(`/alerts?env=${ENVIRONMENT}&tab=rules&rule=${NAME}`);
  const again = page.getByRole("dialog");
  await again.getByLabel("Threshold", { exact: true }).fill("1000");
  await again.getByRole("button", { name: "Save rule" }).click();
  await expect(again).toBeHidden();
  await page.goto(`/alerts?env=${ENVIRONMENT}&tab=history&name=${NAME}`);
  const past = page.locator(`[data-row=${NAME}]`).first();
  await expect(past).toContainText("20 instances are live");
  await expect(past).toContainText(/\d+ (s|min)$/, { timeout: 30_000 });
});

test("a receiver keeps its secret, and says why nothing gets through", async ({ page, request }) => {
  await page.goto(`/alerts?env=${ENVIRONMENT}&tab=telling`);
  await page.getByRole("button", { name: "New receiver" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("nowhere");
  await sheet.getByLabel("URL").fill("http://127.0.0.1:9/a-long-and-secret-path-of-a-hook-c0ffee");
  await sheet.getByRole("button", { name: "Save receiver" }).click();
  await expect(sheet).toBeHidden();
  const row = page.locator("[data-row=nowhere]");
  await expect(row).toContainText("127.0.0.1:9 …ffee");
  await row.getByRole("button", { name: "Send nowhere a trial" }).click();
  await expect(row.getByRole("alert")).toContainText("127.0.0.1:9 can't be reached");

  await page.getByRole("button", { name: "Edit routing" }).click();
  const routing = page.getByRole("dialog");
  const text = routing.getByLabel("Routes, inhibitions, sale days");
  await expect(text).toHaveValue(/receiver: nowhere/);
  await text.fill("routes:\n  - match: []\n    receiver: nobody\n");
  await routing.getByRole("button", { name: "Save routing" }).click();
  await expect(routing.getByRole("alert")).toContainText("there is no receiver nobody");
  await text.fill("routes:\n  - match: []\n    receiver: nowhere\n");
  await routing.getByRole("button", { name: "Save routing" }).click();
  await expect(routing).toBeHidden();
  await expect(page.getByRole("region", { name: "Routing" })).toContainText("everything → nowhere");
  const answer = await request.get(
    `/api/trpc/alerts.settings?input=${encodeURIComponent(JSON.stringify({ json: { env: ENVIRONMENT } }))}`,
  );
  expect(await answer.text()).not.toContain("a-long-and-secret-path");
});

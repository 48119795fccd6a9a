import { DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import type { Page } from "@playwright/test";
import { ENVIRONMENT, expect, test } from "./fixtures.ts";
import { complaints, settled } from "./look.ts";

/** What a sheet shows before a pull, with the demo's own traffic. */
const TRAFFIC_MS = 90_000;

const openBank = async (page: Page): Promise<void> => {
  await page.goto(`/resilience?env=${ENVIRONMENT}&kind=breaker&lever=payment/breaker/bank`);
  await expect(page.getByRole("dialog").getByRole("radiogroup", { name: "Mode" })).toBeVisible();
};

test("a breaker's form replays its thresholds as they are typed, and shows whom the pull reaches on a map", async ({
  page,
}) => {
  test.setTimeout(240_000);
  await openBank(page);
  const sheet = page.getByRole("dialog");
  const radius = sheet.getByTestId("blast-radius");
  await expect(radius).toContainText("requests a minute", { timeout: TRAFFIC_MS });
  await expect(radius.getByTestId("blast-map")).toContainText("order");
  const replay = sheet.getByTestId("threshold-replay");
  await expect(replay).toContainText("It would", { timeout: TRAFFIC_MS });
  await sheet.getByLabel("Fewest calls").fill("9999");
  await expect(replay).toContainText("not have opened");
  await settled(page);
  expect(await complaints(page, "breaker")).toEqual([]);
});

test("where traffic isn't known one line says so, and the pull can be made", async ({ page }) => {
  await page.route(/blast\.radius/, (route) => route.abort());
  await openBank(page);
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByTestId("blast-radius")).toContainText("Traffic is not known");
  await sheet.getByLabel("Fewest calls").fill(String(DEFAULT_BREAKER.minimumNumberOfCalls + 1));
  await sheet.getByLabel("Reason").fill("never sent");
  await expect(sheet.getByRole("button", { name: /^Publish bank/ })).toBeEnabled();
});

test("advice opens beside the graph, and from the address", async ({ page }) => {
  await page.goto(`/topology?env=${ENVIRONMENT}`);
  await page.getByRole("button", { name: "Advice" }).click();
  await expect(page.getByTestId("advice")).toBeVisible();
  await expect(page).toHaveURL(/advice=1/);
  await settled(page);
  expect(await complaints(page, "advice")).toEqual([]);
});

import { expect, test } from "./fixtures.ts";
import { partFor } from "./shop.ts";

/** Starts a rollout of the banner at 0 %, drags it to half of the gateways, and abandons it. */
test("a rollout starts at nobody, names who joins before it is published, and ends", async ({ page }) => {
  await page.goto("/rollouts?env=prod");
  await expect(page.getByText("Nothing is being released gradually here")).toBeVisible();
  await page.getByRole("button", { name: "Start a rollout" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Lever").selectOption("gateway/config/banner");
  const action = sheet.getByRole("button", { name: "Start at 0 %" });
  await expect(action).toBeDisabled();
  await sheet.getByLabel("Candidate").fill("{");
  await expect(sheet.getByText("The candidate is not JSON")).toBeVisible();
  const candidate = { format: "json", value: JSON.stringify({ text: "Gray Monday" }) };
  await sheet.getByLabel("Candidate").fill(JSON.stringify(candidate));
  await sheet.getByLabel("Reason").fill("try the new banner");
  await action.click();

  await expect(page).toHaveURL(/lever=gateway(%2F|\/)config(%2F|\/)banner/);
  const members = page.getByTestId("members");
  await expect(members).toContainText("0 of 3 in · next joins at");
  const slider = page.getByRole("slider", { name: "Share" });
  await slider.focus();
  await slider.press("End");
  await expect(members).toContainText("3 of 3 in");
  await expect(members).toContainText("Joins: gateway-");
  await page.getByLabel("Reason").fill("all gateways");
  await page.getByRole("button", { name: "Publish 100 %" }).click();
  await expect(page.getByText(/^3\/3 · p50/)).toBeVisible({ timeout: 15_000 });
  await expect(members).toHaveText("3 of 3 in");
  await page.getByRole("button", { name: "1 %", exact: true }).click();
  await expect(members).toContainText("Leaves: gateway-");

  await page.getByText("Abandon", { exact: true }).click();
  await page.getByLabel("Reason").fill("nobody liked it");
  await page.getByRole("button", { name: "Abandon the candidate of banner" }).click();
  await expect(page.getByText("Nothing is being released gradually here")).toBeVisible({ timeout: 15_000 });
});

test("whoever is pasted is told as agents decide, for a rollout by a field of the request", async ({
  page,
}) => {
  await page.goto("/rollouts?env=prod");
  await page.getByRole("button", { name: "Start a rollout" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Lever").selectOption("gateway/switch/product-page");
  await sheet.getByText("A field of the request").click();
  const spec = JSON.parse(await sheet.getByLabel("Candidate").inputValue()) as Record<string, unknown>;
  await sheet.getByLabel("Candidate").fill(JSON.stringify({ ...spec, position: "DEGRADED" }));
  await sheet.getByLabel("Reason").fill("by user");
  await sheet.getByRole("button", { name: "Start at 0 %" }).click();
  await page.getByLabel("Try values of userId").fill("u-1 u-2 u-3 u-4 u-5 u-6 u-7 u-8");
  await expect(page.getByTestId("members")).toContainText("0 of 8 in");
  await page.getByRole("button", { name: "100 %", exact: true }).click();
  await expect(page.getByTestId("members")).toContainText("8 of 8 in");
  await page.getByText("Abandon", { exact: true }).click();
  await page.getByLabel("Reason").fill("only tried");
  await page.getByRole("button", { name: /^Abandon the candidate/ }).click();
  await expect(page.getByRole("button", { name: /product-page/ })).toBeHidden({ timeout: 15_000 });
});

test("a release reaches only those whom its constraints let in, as the shop's own pages show", async ({
  page,
}) => {
  await page.goto("/rollouts?env=prod");
  await page.getByRole("button", { name: "Start a rollout" }).click();
  const start = page.getByRole("dialog");
  await start.getByLabel("Lever").selectOption("*/switch/comments");
  await start.getByText("A field of the request").click();
  await start.getByText("It may reach everybody").click();
  await start.getByRole("button", { name: "Add a constraint" }).click();
  await start.getByLabel("Field of the request", { exact: true }).fill("tier");
  await start.getByLabel("Values, one a line").fill("gold");
  const spec = JSON.parse(await start.getByLabel("Candidate").inputValue()) as Record<string, unknown>;
  await start.getByLabel("Candidate").fill(JSON.stringify({ ...spec, position: "DEGRADED" }));
  await start.getByLabel("Reason").fill("gold first");
  await start.getByRole("button", { name: "Start at 0 %" }).click();
  await page.getByRole("button", { name: "100 %", exact: true }).click();
  await page.getByLabel("Reason").fill("all of them");
  await page.getByRole("button", { name: "Publish 100 %" }).click();
  await expect(page.getByTestId("receipt-words")).toHaveText(/^20\/20/, { timeout: 15_000 });
  // One user in five is gold.
  await expect.poll(() => partFor("u-5", "comments")).toBe("degraded");
  expect(await partFor("u-6", "comments")).toBe("normal");

  await page.getByText("Abandon", { exact: true }).click();
  await page.getByLabel("Reason").fill("enough of it");
  await page.getByRole("button", { name: /^Abandon the candidate/ }).click();
  await expect(page.getByRole("button", { name: /comments/ })).toBeHidden({ timeout: 15_000 });
});

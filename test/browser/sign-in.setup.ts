import { expect, test } from "@playwright/test";
import { consoleUrl, loginUrl, SESSION_FILE } from "./fixtures.ts";

test("a link signs in once, and leads to the overview", async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${consoleUrl()}/switches?env=prod`);
  await page.waitForURL("**/login?next=**");
  await expect(page.getByText("npx leverframe login")).toBeVisible();

  await page.goto(loginUrl());
  await page.waitForURL("**/overview?env=prod");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await context.storageState({ path: SESSION_FILE });

  const stranger = await browser.newPage();
  await stranger.goto(loginUrl());
  await expect(stranger.getByText("This link does not sign in")).toBeVisible();
});

import type { Page } from "@playwright/test";
import { expect, openBoard, test } from "./fixtures.ts";

/** Go anywhere and find anything: Ctrl-K, the keys of the sections, and what a search gives. */
const open = async (page: Page, query = ""): Promise<void> => {
  await page.keyboard.press("ControlOrMeta+k");
  await expect(page.locator("[cmdk-input]")).toBeFocused();
  if (query !== "") await page.keyboard.type(query);
};
const option = (page: Page, name: string | RegExp) => page.getByRole("option", { name });

test("the palette goes to a section, and to another environment, theme and language", async ({ page }) => {
  await openBoard(page);
  await open(page, "go changes");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/changes?env=prod");
  await open(page, "environment dev");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/changes?env=dev");
  await open(page, "theme");
  const before = await page.locator("html").getAttribute("data-theme");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).not.toHaveAttribute("data-theme", before ?? "");
  await open(page, "chinese");
  await expect(option(page, /简体中文/)).toBeHidden();
  await page.locator("[cmdk-input]").fill("简体");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await open(page, "english");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("a lever, a config and an instance are opened by name, a config also by a line of its text", async ({
  page,
}) => {
  await openBoard(page);
  await open(page, "checkout");
  await option(page, /order\/switch\/checkout/).click();
  await page.waitForURL("**/switches?env=prod&lever=order/switch/checkout");
  await expect(page.getByRole("dialog").getByLabel("Reason")).toBeVisible();
  await open(page, "banner");
  await option(page, /gateway\/config\/banner/)
    .first()
    .click();
  await page.waitForURL("**/config?env=prod&service=gateway&name=banner");
  await open(page, "delivery station");
  const found = option(page, /gateway\/config\/banner/);
  await expect(found).toContainText("line 1");
  await expect(found.locator("mark").first()).toHaveText(/delivery/i);
  await page.locator("[cmdk-input]").fill("order-1");
  await option(page, /^order-1/).click();
  await page.waitForURL("**/services?env=prod&service=order&instance=order-1");
});

test("a change is found by its reason, and a breaker goes to where it is pulled", async ({ page }) => {
  await openBoard(page);
  await open(page, "set up the demo shop");
  await expect(page.getByRole("group", { name: "Changes" }).getByRole("option").first()).toBeVisible();
  await page.getByRole("group", { name: "Changes" }).getByRole("option").first().click();
  await page.waitForURL(/\/changes\?env=prod&change=[0-9A-Z]{26}/);
  await expect(page.getByRole("dialog")).toContainText("Set up the demo shop");
  await open(page, "failureRateThreshold");
  const breaker = option(page, /\/breaker\//).first();
  await expect(breaker).toContainText("failureRateThreshold");
  await breaker.click();
  await page.waitForURL(/\/resilience\?env=prod&lever=[\w*-]+\/breaker\//);
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("every section has its key, and a page without a search of its own answers / with the palette", async ({
  page,
}) => {
  await openBoard(page);
  const keys = {
    c: "config",
    o: "rollouts",
    r: "resilience",
    f: "services",
    h: "changes",
    a: "admin",
    s: "switches",
    w: "overview",
    m: "charts",
  };
  for (const [key, section] of Object.entries(keys)) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL(`**/${section}?env=prod`);
  }
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await page.waitForURL("**/rollouts?env=prod");
  await page.keyboard.press("/");
  await expect(page.locator("[cmdk-input]")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator("[cmdk-input]")).toBeHidden();
});

test("the palette opens in the middle of typing, and gives the field back with what was typed", async ({
  page,
}) => {
  await page.goto("/switches?env=prod&lever=*/switch/comments");
  const reason = page.getByRole("dialog").getByLabel("Reason");
  await reason.fill("half a reas");
  await open(page);
  // It stands: the sheet below knows by then that Escape is not its own.
  await expect(option(page, /./).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(reason).toBeFocused();
  await expect(reason).toHaveValue("half a reas");
});

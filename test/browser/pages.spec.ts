import { addressesOf } from "./addresses.ts";
import { COMMENTS, expect, openBoard, rowOf, test } from "./fixtures.ts";

const PAGES = addressesOf("prod", {
  lever: "*/switch/comments",
  rollout: "*/switch/comments",
  breaker: "order/breaker/payment",
  service: "order",
  instance: "order-1",
  config: "gateway/config/banner",
});

test("no page complains in the browser's console, under the server's own policy of scripts", async ({
  page,
}) => {
  test.setTimeout(120_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  for (const { address } of PAGES) {
    const response = await page.goto(address);
    await page.waitForLoadState("networkidle");
    expect(response?.headers()["content-security-policy"], address).toContain("script-src 'self'");
  }
  expect(complaints).toEqual([]);
});

test("every control of the board and the sheet is 44 px high under a finger", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/switches?env=prod&lever=*/switch/comments");
  await expect(page.getByRole("dialog").getByLabel("Reason")).toBeVisible();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("[role=dialog] button, [role=dialog] select, [role=dialog] input")]
      .map((element) => ({ box: element.getBoundingClientRect(), text: element.textContent }))
      .filter(({ box }) => box.width > 0 && box.height < 43)
      .map(({ box, text }) => `${text} ${box.height}`),
  );
  expect(small).toEqual([]);
});

test("the language changes everywhere at once, and stays", async ({ page }) => {
  await openBoard(page);
  await page.getByRole("button", { name: "简体中文" }).click();
  await expect(page.getByRole("heading", { name: "开关" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await expect(rowOf(page, COMMENTS)).toContainText("正常");
  await page.getByRole("link", { name: "服务" }).click();
  await page.waitForURL("**/services?env=prod");
  await page.reload();
  await expect(page.getByRole("heading", { name: "服务", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { name: "Services", exact: true })).toBeVisible();
});

test("the keyboard reaches everything: search, sections, help, a lever's sheet", async ({ page }) => {
  await openBoard(page);
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("comments");
  await expect(rowOf(page, COMMENTS)).toBeVisible();
  await expect(page).toHaveURL(/q=comments/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Help" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await page.waitForURL("**/services?env=prod");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.waitForURL("**/switches?env=prod");
  await rowOf(page, COMMENTS).getByRole("button").focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("dialog")).toContainText("comments");
  await page.keyboard.press("Escape");
  await expect(rowOf(page, COMMENTS).getByRole("button")).toBeFocused();
});

test("a service shows its instances, and an instance the levers that its code reads", async ({ page }) => {
  await page.goto("/services?env=prod");
  await page.getByRole("button", { name: "order" }).click();
  await expect(page.getByRole("heading", { name: "order" })).toBeVisible();
  await page.getByRole("button", { name: "order-1" }).click();
  await expect(page.getByText("switch/checkout")).toBeVisible();
  await expect(page).toHaveURL(/service=order&instance=order-1/);
  await page.goBack();
  await page.waitForURL("**/services?env=prod");
});

test("nothing is shown to whoever did not sign in", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto(`${baseURL}/services?env=prod`);
  await page.waitForURL("**/login?next=**");
  const answer = await context.request.get(
    `${baseURL}/api/trpc/levers.board?input=${encodeURIComponent('{"json":{"env":"prod"}}')}`,
  );
  expect(answer.status()).toBe(401);
  await context.close();
});

import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { seedAtItsWorst } from "../support/console-seed.ts";
import { ConsoleStage } from "../support/console-stage.ts";
import { addressesOf, type Shown } from "./addresses.ts";
import { complaints, settled, THEMES, WIDTHS } from "./look.ts";

/**
 * Every page, at its fullest and its emptiest: nothing reaches past the edge, and axe finds nothing serious, in both
 * themes, at every width, in both languages. One load a page and language: a window is resized in between.
 */
let stage: ConsoleStage;
let context: BrowserContext;
let page: Page;
const named = {
  lever: "",
  rollout: "",
  breaker: "",
  service: "",
  instance: "",
  config: "",
};
test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  stage = await ConsoleStage.start();
  Object.assign(named, await seedAtItsWorst(stage, "prod"));
  context = await browser.newContext({ baseURL: stage.url, storageState: stage.storageState() });
  page = await context.newPage();
});
test.afterAll(async () => {
  await context.close();
  await stage[Symbol.asyncDispose]();
});

async function lookAt({ name, address }: Shown): Promise<void> {
  const found: string[] = [];
  await page.goto(address);
  await page.evaluate(() => localStorage.setItem("leverframe.locale", "en"));
  await page.reload();
  await settled(page);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const [index, colorScheme] of THEMES.entries()) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      found.push(...(await complaints(page, `${name} ${width} ${colorScheme}`, { recoloured: index > 0 })));
    }
  }
  await page.evaluate(() => localStorage.setItem("leverframe.locale", "zh-CN"));
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await settled(page);
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    found.push(...(await complaints(page, `${name} ${width} zh-CN`)));
  }
  expect(found).toEqual([]);
}

/** The names are known once the environment is filled, the pages before. */
for (const [index, { name }] of addressesOf("prod", named).entries()) {
  test(`${name} at its fullest`, async () => {
    test.setTimeout(90_000);
    const shown = addressesOf("prod", named)[index];
    if (shown !== undefined) await lookAt(shown);
  });
}

for (const path of ["/switches", "/config", "/rollouts", "/resilience", "/services", "/changes", "/admin"]) {
  test(`${path} of an empty environment`, async () => {
    test.setTimeout(90_000);
    await lookAt({ name: path, address: `${path}?env=dev` });
  });
}

test("the palette with everything that it found", async () => {
  await page.goto("/switches?env=prod");
  await expect(page.locator("[data-lever]").first()).toBeVisible();
  await page.keyboard.press("ControlOrMeta+k");
  await page.locator("[cmdk-input]").fill("service");
  await expect(page.getByRole("option").nth(12)).toBeVisible();
  const found: string[] = [];
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    found.push(...(await complaints(page, `palette ${width}`)));
  }
  expect(found).toEqual([]);
});

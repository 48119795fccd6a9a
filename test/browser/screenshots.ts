import { mkdir } from "node:fs/promises";
import path from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";

/**
 * Takes a picture of every page of a running console, wide and narrow, dark and light, to be looked at:
 * `LEVERFRAME_TEST_LOGIN_URL=… tsx test/browser/screenshots.ts FOLDER [LANGUAGE]`. The link signs in once.
 */
const PAGES: readonly { readonly name: string; readonly address: string; readonly open?: string }[] = [
  { name: "switches", address: "/switches?env=prod" },
  { name: "switches-level", address: "/switches?env=prod&by=level" },
  { name: "sheet", address: "/switches?env=prod&lever=*/switch/comments" },
  { name: "sheet-core", address: "/switches?env=prod&lever=order/switch/checkout" },
  { name: "new-switch", address: "/switches?env=prod&new=1" },
  { name: "services", address: "/services?env=prod" },
  { name: "service", address: "/services?env=prod&service=order" },
  { name: "switches-dev", address: "/switches?env=dev" },
  { name: "login", address: "/login" },
  { name: "kit", address: "/kit" },
];

const SIZES = [
  { name: "1440", width: 1440, height: 900 },
  { name: "390", width: 390, height: 844 },
] as const;

async function signIn(browser: Browser, link: string) {
  const page = await browser.newPage();
  await page.goto(link);
  await page.waitForURL("**/switches**", { timeout: 10_000 });
  const state = await page.context().storageState();
  await page.close();
  return state;
}

/** Nothing moves any more: data is there and fonts are drawn. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(700);
}

async function main(folder: string, link: string, language: string): Promise<void> {
  const origin = new URL(link).origin;
  await mkdir(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const storageState = await signIn(browser, link);
  for (const theme of ["dark", "light"] as const) {
    for (const size of SIZES) {
      const context = await browser.newContext({
        storageState,
        viewport: { width: size.width, height: size.height },
        colorScheme: theme,
        locale: language,
        reducedMotion: "reduce",
      });
      for (const { name, address } of PAGES) {
        const page = await context.newPage();
        await page.goto(origin + address);
        await settle(page);
        await page.screenshot({ path: path.join(folder, `${name}-${size.name}-${theme}.png`) });
        await page.close();
      }
      await context.close();
    }
  }
  await browser.close();
}

const [folder, language = "en-US"] = process.argv.slice(2);
const link = process.env["LEVERFRAME_TEST_LOGIN_URL"];
if (folder === undefined || link === undefined) {
  process.stderr.write("LEVERFRAME_TEST_LOGIN_URL=… tsx test/browser/screenshots.ts FOLDER [LANGUAGE]\n");
  process.exit(2);
}
await main(folder, link, language);

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import { seedAtItsWorst } from "../support/console-seed.ts";
import { ConsoleStage } from "../support/console-stage.ts";
import { addressesOf, type Shown } from "./addresses.ts";
import { THEMES, WIDTHS } from "./look.ts";

/**
 * Takes a picture of every page in every state, at four widths, dark and light, to be looked at:
 * `npx tsx -C leverframe-source test/browser/screenshots.ts FOLDER [en-US | zh-CN] [part of a name]`. It fills a control
 * plane of its own with what is hardest to show, and stops its etcd and itself for the pictures of outages.
 */
const NARROW = 768;
const HEIGHT = 900;

/** Each section where nothing is there yet. */
const EMPTY: readonly Shown[] = ["switches", "config", "rollouts", "resilience", "services", "changes"].map(
  (section) => ({ name: `${section}-empty`, address: `/${section}?env=dev` }),
);
/** Pages whose data may be old. */
const LIVE = /^(switches|switch|config|rollouts|resilience|services|service|changes)$/;

/** Nothing moves any more: data is there and fonts are drawn. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(900);
}

class Photographer {
  readonly #folder: string;
  readonly #contexts = new Map<string, BrowserContext>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(browser: Browser, stage: ConsoleStage, locale: string): Promise<void> {
    for (const colorScheme of THEMES) {
      for (const width of WIDTHS) {
        const context = await browser.newContext({
          baseURL: stage.url,
          storageState: stage.storageState(),
          viewport: { width, height: HEIGHT },
          colorScheme,
          locale,
          reducedMotion: "reduce",
          hasTouch: width < NARROW,
        });
        this.#contexts.set(`${width}-${colorScheme}`, context);
      }
    }
  }

  /** Each of the pages, once opened and settled. */
  async take(pages: readonly Shown[], state = ""): Promise<void> {
    for (const { name, address } of pages) {
      for (const [look, context] of this.#contexts) {
        const page = await context.newPage();
        await page.goto(address);
        await settle(page);
        await page.screenshot({ path: path.join(this.#folder, `${name}${state}-${look}.png`) });
        await page.close();
      }
    }
  }

  /** Pages that were opened before something was taken away. */
  async through(
    pages: readonly Shown[],
    state: string,
    away: () => Promise<void>,
    waitMs: number,
  ): Promise<void> {
    const opened: [string, Page][] = [];
    for (const { name, address } of pages) {
      for (const [look, context] of this.#contexts) {
        if (!/^(390-light|1440-dark)$/.test(look)) continue;
        const page = await context.newPage();
        await page.goto(address);
        await settle(page);
        opened.push([`${name}${state}-${look}.png`, page]);
      }
    }
    await away();
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    for (const [file, page] of opened) {
      await page.bringToFront();
      await page.screenshot({ path: path.join(this.#folder, file) });
      await page.close();
    }
  }
}

async function main(folder: string, locale: string, part: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stage = await ConsoleStage.start();
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const pages = addressesOf("prod", await seedAtItsWorst(stage, "prod"));
    const wanted = ({ name }: Shown) => name.includes(part);
    const photographer = new Photographer(folder);
    await photographer.open(browser, stage, locale);
    await photographer.take([...pages, ...EMPTY].filter(wanted));
    const live = pages.filter(({ name }) => LIVE.test(name)).filter(wanted);
    await photographer.through(live, "-read-only", () => stage.etcd.kill(), 26_000);
    await stage.etcd.up();
    await photographer.through(live, "-not-live", () => stage.control.kill(), 12_000);
  } finally {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  }
}

const [folder, locale = "en-US", part = ""] = process.argv.slice(2);
if (folder === undefined) {
  console.error(
    "npx tsx -C leverframe-source test/browser/screenshots.ts FOLDER [en-US | zh-CN] [part of a name]",
  );
  process.exit(2);
}
await main(path.resolve(folder), locale, part);

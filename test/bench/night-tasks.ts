import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type Browser, chromium, type Locator, type Page } from "@playwright/test";
import { DemoProcess } from "../support/demo-process.ts";
import { median } from "./support/statistics.ts";

/**
 * The four things that are done at night, in a real browser over the demo, by visible controls from the page that the
 * console opens on: what they cost in clicks, keys and seconds. A key is one character or one press. Seconds are the
 * console's own, with a hand that neither looks nor thinks: from the first click to the proof on the screen.
 */
const ROUNDS = 3;
/** One a round: a lever in a rollout can't be put into another. */
const GRAY = ["*/switch/recommendations", "gateway/switch/product-page", "*/switch/comments"];
const PATIENCE_MS = 30_000;

/** A hand that counts what it does. */
class Hand {
  clicks = 0;
  keys = 0;
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async click(target: Locator): Promise<void> {
    this.clicks += 1;
    await target.click();
  }

  async press(key: string): Promise<void> {
    this.keys += 1;
    await this.page.keyboard.press(key);
  }

  /** Into the field that has the cursor. */
  async type(text: string): Promise<void> {
    this.keys += text.length;
    await this.page.keyboard.type(text);
  }
}

interface Task {
  readonly name: string;
  /** Past the pages: how things stood before. */
  prepare(demo: DemoProcess, round: number): Promise<void>;
  work(hand: Hand, round: number): Promise<void>;
}

const sheet = (page: Page) => page.getByRole("dialog");
const lever = (page: Page, ref: string) => page.locator(`[data-lever='${ref}']`).getByRole("button").first();

/** Every instance that the change must reach has applied it, as the bar on the screen says. */
async function proved(where: Locator): Promise<void> {
  const words = where.getByTestId("receipt-words").first();
  await words.filter({ hasText: /^(\d+)\/\1 · p50/ }).waitFor();
}

async function must(demo: DemoProcess, ...args: string[]): Promise<void> {
  const { code, stderr, stdout } = await demo.cli(...args);
  if (code !== 0) throw new Error(`leverframe ${args.join(" ")}: ${stderr}${stdout}`);
}

async function publishBanner(demo: DemoProcess, text: string): Promise<void> {
  const file = path.join(demo.dataDir, "banner.json");
  await writeFile(file, JSON.stringify({ format: "json", value: JSON.stringify({ text }) }));
  await must(demo, "set", "gateway/config/banner", "-f", file, "--reason", `say ${text}`, "--wait", "10");
}

const TASKS: readonly Task[] = [
  {
    name: "flip a switch, and know",
    prepare: (demo) =>
      must(demo, "flip", "*/switch/comments", "NORMAL", "--reason", "as before", "--wait", "10"),
    async work(hand) {
      await hand.click(lever(hand.page, "*/switch/comments"));
      await hand.click(sheet(hand.page).getByRole("radio", { name: "DEGRADED" }));
      await hand.click(sheet(hand.page).getByLabel("Reason"));
      await hand.type("p99 2 s");
      await hand.click(sheet(hand.page).getByRole("button", { name: /^Degrade comments/ }));
      await sheet(hand.page).getByText("Your change, r").waitFor();
      await proved(sheet(hand.page));
    },
  },
  {
    name: "roll a config back, and know",
    async prepare(demo) {
      await publishBanner(demo, "Free delivery to every station");
      await publishBanner(demo, "Half price");
    },
    async work(hand) {
      const { page } = hand;
      await hand.press("Control+k");
      await page.locator("[cmdk-input]").waitFor();
      await hand.type("banner");
      await page
        .getByRole("option", { name: /gateway\/config\/banner/ })
        .first()
        .waitFor();
      await hand.press("ArrowDown");
      const chosen = page.getByRole("option", { selected: true });
      if (!(await chosen.innerText()).includes("gateway/config/banner")) await hand.press("ArrowUp");
      await hand.press("Enter");
      await hand.click(page.getByText("History", { exact: true }));
      await hand.click(page.locator("[data-version]").nth(1));
      await hand.click(page.getByRole("button", { name: /^Roll back to r/ }));
      await hand.click(page.getByLabel("Reason"));
      await hand.type("wrong");
      await hand.click(page.getByRole("button", { name: /^Roll back to r/ }));
      await page.getByText("Your change, r").waitFor();
      await proved(page.locator("main"));
    },
  },
  {
    name: "gray a switch to 10 % of the users, and know",
    prepare: (demo, round) =>
      round === 2
        ? must(demo, "flip", "*/switch/comments", "NORMAL", "--reason", "as before", "--wait", "10")
        : Promise.resolve(),
    async work(hand, round) {
      const { page } = hand;
      await hand.click(lever(page, GRAY[round % GRAY.length] ?? ""));
      await hand.click(sheet(page).getByRole("radio", { name: "DEGRADED" }));
      await hand.click(sheet(page).getByText("For: Everybody"));
      await hand.click(sheet(page).getByRole("radio", { name: "Some users" }));
      await hand.click(sheet(page).getByRole("button", { name: "10 %", exact: true }));
      await hand.click(sheet(page).getByLabel("Reason"));
      await hand.type("try 10 %");
      await hand.click(sheet(page).getByRole("button", { name: /^Degrade .* for 10 %$/ }));
      await sheet(page).getByText("Your change, r").waitFor();
      await proved(sheet(page));
    },
  },
  {
    name: "find who changed what, and why",
    async prepare(demo, round) {
      await publishBanner(demo, `Night ${round}`);
    },
    async work(hand, round) {
      const { page } = hand;
      await hand.press("Control+k");
      await page.locator("[cmdk-input]").waitFor();
      await hand.type(`night ${round}`);
      const change = page.getByRole("group", { name: "Changes" }).getByRole("option").first();
      await change.waitFor();
      await hand.click(change);
      await sheet(page).getByText(`say Night ${round}`).first().waitFor();
      await sheet(page).getByTestId("diff-sentence").first().waitFor();
    },
  },
];

interface Cost {
  readonly clicks: number;
  readonly keys: number;
  readonly seconds: number;
}

async function once(
  browser: Browser,
  demo: DemoProcess,
  task: Task,
  state: string,
  round: number,
): Promise<Cost> {
  await task.prepare(demo, round);
  const context = await browser.newContext({
    baseURL: demo.places.console,
    storageState: state,
    viewport: { width: 1440, height: 900 },
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto("/switches?env=prod");
  await page.getByTestId("link-state").filter({ hasText: "Live" }).waitFor();
  await lever(page, "*/switch/comments").waitFor();
  const hand = new Hand(page);
  const startMs = performance.now();
  await task.work(hand, round);
  const seconds = (performance.now() - startMs) / 1_000;
  await context.close();
  return { clicks: hand.clicks, keys: hand.keys, seconds };
}

const demo = await DemoProcess.start();
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const state = path.join(demo.dataDir, "session.json");
  const first = await browser.newPage();
  await first.goto(demo.places.login);
  await first.waitForURL("**/switches**");
  await first.context().storageState({ path: state });
  await first.close();
  console.log("task                                           clicks   keys   seconds (median, all)");
  for (const task of TASKS) {
    const costs: Cost[] = [];
    for (let round = 0; round < ROUNDS; round += 1) costs.push(await once(browser, demo, task, state, round));
    const seconds = costs.map((cost) => cost.seconds);
    const figures = [
      String(Math.max(...costs.map(({ clicks }) => clicks))).padStart(6),
      String(Math.max(...costs.map(({ keys }) => keys))).padStart(6),
      median(seconds).toFixed(1).padStart(9),
      `(${seconds.map((one) => one.toFixed(1)).join(" ")})`,
    ];
    console.log(`${task.name.padEnd(46)} ${figures.join(" ")}`);
  }
} finally {
  await browser.close();
  await demo[Symbol.asyncDispose]();
}

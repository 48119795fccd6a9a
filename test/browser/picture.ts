import { mkdir } from "node:fs/promises";
import path from "node:path";
import { chromium, type FrameLocator } from "@playwright/test";
import { DemoProcess } from "../support/demo-process.ts";

/**
 * Takes the README's picture of the running product: starts the demo, releases degraded comments to a quarter of the
 * users as an operator would, and pictures console and shop side by side. `npm run picture [-- FILE]`, after a build.
 */
const file = path.resolve(process.argv[2] ?? "docs/picture.png");
const PROVED_MS = 20_000;

async function release(board: FrameLocator): Promise<void> {
  await board.getByRole("link", { name: "Rollouts" }).click();
  await board.getByRole("button", { name: "Start a rollout" }).click();
  const sheet = board.getByRole("dialog");
  await sheet.getByLabel("Lever").selectOption("*/switch/comments");
  await sheet.getByText("A field of the request").click();
  const spec = JSON.parse(await sheet.getByLabel("Candidate").inputValue()) as Record<string, unknown>;
  await sheet.getByLabel("Candidate").fill(JSON.stringify({ ...spec, position: "DEGRADED" }));
  await sheet.getByLabel("Reason").fill("comment p99 above 2 s");
  await sheet.getByRole("button", { name: "Start at 0 %" }).click();
  const share = board.getByRole("textbox", { name: "Share" });
  await share.fill("25");
  await share.press("Enter");
  await board.getByLabel("Reason").fill("shed a quarter of the load");
  await board.getByRole("button", { name: "Publish 25 %" }).click();
  await board
    .getByTestId("receipt-words")
    .filter({ hasText: /^20\/20/ })
    .waitFor({ timeout: PROVED_MS });
}

await using demo = await DemoProcess.start({});
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const context = await browser.newContext({
    viewport: { width: 1600, height: 920 },
    colorScheme: "dark",
    reducedMotion: "reduce",
    locale: "en-US",
  });
  const page = await context.newPage();
  await page.goto(demo.places.window);
  await release(page.frameLocator("#console"));
  await page.locator("#count").filter({ hasText: "(2" }).waitFor();
  await page.waitForTimeout(2_500);
  await mkdir(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file });
  process.stdout.write(`${file}\n`);
} finally {
  await browser.close();
}

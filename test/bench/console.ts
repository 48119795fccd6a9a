import path from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import { ConsoleStage, type StageEdit } from "../support/console-stage.ts";
import { percentile } from "./support/statistics.ts";

/**
 * The console in a real browser over a real control plane and etcd, filled with 10,000 instances, 5,000 configs and
 * 3,000 switches: how long from a click in the navigation to rows, and what scrolling and typing a filter cost. A task
 * over 50 ms is one that a person may feel: each is listed. Prints, and compares with nothing: the bounds are issue 4's.
 */
const ENV = "prod";
const INSTANCES = Number(process.env["INSTANCES"] ?? 10_000);
const CONFIGS = Number(process.env["CONFIGS"] ?? 5_000);
const SWITCHES = Number(process.env["SWITCHES"] ?? 3_000);
const SERVICES = 40;
const USABLE_WITHIN_MS = 1_000;
const LONG_TASK_MS = 50;
const ROUNDS = Number(process.env["RUNS"] ?? 3);

interface Measured {
  readonly what: string;
  readonly figure: string;
  readonly longMs: readonly number[];
}

const service = (n: number): string => `service-${String(n % SERVICES).padStart(2, "0")}`;

async function fill(stage: ConsoleStage): Promise<void> {
  const level = ["core", "secondary", "non-core"];
  const switches = Array.from(
    { length: SWITCHES },
    (_, n): StageEdit => ({
      service: service(n),
      kind: "switch",
      name: `switch-${String(n).padStart(5, "0")}`,
      spec: { position: n % 97 === 0 ? "DEGRADED" : "NORMAL", level: level[n % 3], strategy: "simplified" },
      meta: { owner: `team-${n % 12}` },
    }),
  );
  const configs = Array.from(
    { length: CONFIGS },
    (_, n): StageEdit => ({
      service: service(n),
      kind: "config",
      name: `config-${String(n).padStart(5, "0")}`,
      spec: { format: "json", value: JSON.stringify({ timeoutMs: n, text: "x".repeat(200) }) },
    }),
  );
  await stage.publish(ENV, "Fill it", [
    ...switches.filter(({ spec }) => (spec as { position: string }).position === "NORMAL"),
    ...configs,
  ]);
  await stage.register(ENV, {
    big: INSTANCES / 2,
    ...Object.fromEntries(
      Array.from({ length: SERVICES }, (_, n) => [service(n), Math.floor(INSTANCES / 2 / SERVICES)]),
    ),
  });
}

/** Long tasks since the last look, as the browser itself counts them. */
async function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => (globalThis as unknown as { takeLongTasks(): number[] }).takeLongTasks());
}

const OBSERVE = `
  const seen = [];
  new PerformanceObserver((list) => seen.push(...list.getEntries().map((one) => Math.round(one.duration)))).observe({ type: "longtask", buffered: true });
  globalThis.takeLongTasks = () => seen.splice(0);
`;

/** Scrolls to the end and back by the wheel, a step a frame. */
async function scroll(page: Page): Promise<{ frames: number; ms: number }> {
  return page.evaluate(async () => {
    const start = performance.now();
    let frames = 0;
    for (const step of [180, -180]) {
      for (let n = 0; n < 120; n += 1) {
        window.scrollBy(0, step);
        await new Promise((resolve) => requestAnimationFrame(resolve));
        frames += 1;
      }
    }
    return { frames, ms: performance.now() - start };
  });
}

async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(1_200);
}

class Bench {
  readonly results: Measured[] = [];
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** What a piece of work costs the page; first it is quiet. */
  async measure(what: string, work: (seen: number[]) => Promise<string>): Promise<void> {
    await settle(this.#page);
    await longTasks(this.#page);
    const seen: number[] = [];
    const figure = await work(seen);
    await this.#page.waitForTimeout(400);
    const longMs = [...seen, ...(await longTasks(this.#page))];
    this.results.push({ what, figure, longMs });
    const long = longMs.length === 0 ? "none" : `${longMs.join(" ")} ms`;
    console.log(`${what.padEnd(46)} ${figure.padEnd(34)} over ${LONG_TASK_MS} ms: ${long}`);
  }

  /** A measure that sees nothing proves nothing: a task of 120 ms must be seen. */
  async prove(): Promise<void> {
    await longTasks(this.#page);
    await this.#page.evaluate(() => {
      setTimeout(() => {
        const untilMs = performance.now() + 120;
        while (performance.now() < untilMs);
      });
    });
    await settle(this.#page);
    const seen = await longTasks(this.#page);
    if (!seen.some((ms) => ms >= 120)) throw new Error(`a task of 120 ms was not seen: ${seen.join(" ")}`);
  }

  /** From the click to the first row in sight; the data is asked for anew. */
  navigation(section: string, row: string): Promise<void> {
    return this.measure(`open ${section}`, async (seen) => {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        // Another document begins its own list.
        if (round > 0) seen.push(...(await longTasks(this.#page)));
        await this.#page.goto(`${new URL(this.#page.url()).origin}/admin?env=${ENV}`);
        await settle(this.#page);
        await longTasks(this.#page);
        const startMs = performance.now();
        await this.#page.getByRole("link", { name: section, exact: true }).click();
        await this.#page.locator(row).first().waitFor();
        times.push(performance.now() - startMs);
        await settle(this.#page);
      }
      return `${times.map((ms) => `${Math.round(ms)}`).join(" ")} ms to rows`;
    });
  }

  scrolling(what: string): Promise<void> {
    return this.measure(`scroll ${what}`, async () => {
      const { frames, ms } = await scroll(this.#page);
      return `${Math.round((frames / ms) * 1_000)} frames a second`;
    });
  }

  filtering(what: string, text: string, row: string): Promise<void> {
    return this.measure(`filter ${what} by "${text}"`, async () => {
      const field = this.#page.locator("[data-search]");
      await field.click();
      const startMs = performance.now();
      await field.pressSequentially(text, { delay: 40 });
      await this.#page.locator(row).first().waitFor();
      const ms = performance.now() - startMs - text.length * 40;
      await settle(this.#page);
      await field.fill("");
      return `${Math.max(0, Math.round(ms))} ms after the last key`;
    });
  }
}

async function run(browser: Browser, stage: ConsoleStage): Promise<readonly Measured[]> {
  const context = await browser.newContext({
    baseURL: stage.url,
    storageState: stage.storageState(),
    viewport: { width: 1440, height: 900 },
  });
  await context.addInitScript(OBSERVE);
  const page = await context.newPage();
  const bench = new Bench(page);
  await page.goto(`/admin?env=${ENV}`);
  await bench.prove();
  await bench.navigation("Switches", "[data-lever]");
  await page.goto(`/switches?env=${ENV}`);
  await page.locator("[data-lever]").first().waitFor();
  await bench.scrolling(`${SWITCHES} switches`);
  await bench.filtering(`${SWITCHES} switches`, "switch-0291", "[data-lever*='switch-0291']");
  await bench.navigation("Config", "[data-index] button");
  await page.goto(`/config?env=${ENV}`);
  await page.locator("[data-index] button").first().waitFor();
  await bench.scrolling(`${CONFIGS} configs`);
  await bench.filtering(`${CONFIGS} configs`, "config-0421", "text=config-04210");
  await bench.navigation("Services", "[data-service]");
  await page.goto(`/services?env=${ENV}`);
  await page.locator("[data-service]").first().waitFor();
  await bench.filtering(`services of ${INSTANCES} instances`, "service-17", "[data-service='service-17']");
  await page.goto(`/services?env=${ENV}&service=big`);
  await page.locator("[data-instance]").first().waitFor();
  await bench.scrolling(`${INSTANCES / 2} instances`);
  await bench.measure("stand still while events come", async () => {
    await stage.publish(ENV, "While one looks", [
      {
        service: "*",
        kind: "switch",
        name: "comments",
        spec: { position: "NORMAL", level: "non-core", strategy: "simplified" },
      },
    ]);
    await page.waitForTimeout(4_000);
    return "4 s";
  });
  await context.close();
  return bench.results;
}

const startedAt = performance.now();
const stage = await ConsoleStage.start();
await fill(stage);
console.log(
  `${INSTANCES} instances, ${CONFIGS} configs, ${SWITCHES} switches in ${path.basename(stage.url)}: filled in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const results = await run(browser, stage);
  const long = results.flatMap(({ longMs }) => longMs);
  console.log(
    `${long.length} tasks over ${LONG_TASK_MS} ms${long.length > 0 ? `, p50 ${percentile(long, 0.5)} ms, longest ${Math.max(...long)} ms` : ""}; usable within ${USABLE_WITHIN_MS} ms asked for`,
  );
} finally {
  await browser.close();
  await stage[Symbol.asyncDispose]();
}

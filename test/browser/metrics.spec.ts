import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { ulid } from "ulid";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { ConsoleStage } from "../support/console-stage.ts";
import { MeasuredService } from "../support/measured-service.ts";
import { complaints, settled, THEMES } from "./look.ts";

/**
 * Real services with real traffic, scraped by the built-in scraper: what is done to them is on the charts at once, and
 * judged by what it did. `fast` takes 100 ms longer after its change, `calm` gets a change that changes nothing, and
 * `quiet` serves some 20 requests.
 */
const ENV = "prod";
const PACE = { fast: 8, calm: 8, quiet: 0.3 } as const;
type Name = keyof typeof PACE;
const NAMES = Object.keys(PACE) as Name[];

test.describe.configure({ mode: "serial" });
let stage: ConsoleStage;
let context: BrowserContext;
let page: Page;
let startedMs: number;
const services: MeasuredService[] = [];
const changes = new Map<Name, string>();

const start = (name: string, instance: string, requestsPerSecond: number, version = "1.0.0") =>
  MeasuredService.start({
    env: ENV,
    service: name,
    instance,
    version,
    endpoints: [stage.etcd.endpoint],
    requestsPerSecond,
  });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  const [http = 0, grpc = 0] = await freeLoopbackPorts(2);
  stage = await ConsoleStage.start({
    env: {
      LEVERFRAME_TELEMETRY: "on",
      LEVERFRAME_OTLP_HTTP_PORT: `${http}`,
      LEVERFRAME_OTLP_GRPC_PORT: `${grpc}`,
    },
  });
  await stage.publish(ENV, "Set up", [
    { service: "calm", kind: "switch", name: "comments", spec: switchAt("NORMAL") },
    ...NAMES.map((service) => ({ service, kind: "config", name: "work", spec: workOf(20) })),
  ]);
  services.push(...(await Promise.all(NAMES.map((name) => start(name, `${name}-1`, PACE[name])))));
  startedMs = Date.now();
  context = await browser.newContext({ baseURL: stage.url, storageState: stage.storageState() });
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.close();
  await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  await stage?.[Symbol.asyncDispose]();
});

const workOf = (ms: number) => ({ format: "json", value: JSON.stringify({ ms }) });
const switchAt = (position: "NORMAL" | "DEGRADED") => ({ position, level: "secondary", strategy: "cached" });

/** Publishes one edit, past every page; gives the change set's id, and the moment before it was committed. */
async function publish(service: Name, kind: string, name: string, spec: unknown): Promise<string> {
  const { data } = await stage.people.ask<{ levers: { name: string; revision: number }[] }>(
    stage.people.admin,
    "query",
    "levers.board",
    { env: ENV, service, kind },
  );
  const baseRevision = data.levers.find((one) => one.name === name)?.revision ?? 0;
  const id = ulid();
  await stage.people.do("publish.commit", {
    env: ENV,
    id,
    reason: `Change ${service}`,
    edits: [{ op: "put", service, kind, name, spec, baseRevision }],
  });
  return id;
}

const chart = (name: string) =>
  page.locator("figure[data-chart]").filter({ has: page.getByRole("heading", { name, exact: true }) });
const mark = (id: string) => page.locator(`[data-mark~="change:${id}"]`);

test("figures of real requests are drawn", async () => {
  test.setTimeout(100_000);
  await page.goto(`/charts?env=${ENV}`);
  await expect(chart("Requests")).toContainText(/fast\s*\d/, { timeout: 60_000 });
  await expect(chart("Requests").locator(`path.recharts-line-curve[d*="L"]`).first()).toBeVisible({
    timeout: 30_000,
  });
  await expect(chart("Errors (5xx)")).toContainText("%");
  await expect(chart("Memory")).toBeAttached();
});

test("a switch that is flipped is on the chart within a second of its commit", async () => {
  test.setTimeout(120_000);
  // Before it there is more than a minute of traffic to compare with.
  await expect
    .poll(() => Date.now() - startedMs, { timeout: 90_000, intervals: [1_000] })
    .toBeGreaterThan(75_000);
  const id = await publish("calm", "switch", "comments", switchAt("DEGRADED"));
  const committedMs = performance.now();
  await expect(mark(id).first()).toBeVisible({ timeout: 1_000 });
  test.info().annotations.push({
    type: "from commit to mark",
    description: `${Math.round(performance.now() - committedMs)} ms`,
  });
  changes.set("calm", id);
  changes.set("fast", await publish("fast", "config", "work", workOf(120)));
  changes.set("quiet", await publish("quiet", "config", "work", workOf(500)));
  await expect(chart("Requests").locator("[data-mark]").first()).toBeVisible();
});

const verdict = (service: string) => page.getByRole("dialog").locator(`[data-verdict="${service}"]`);

test("a mark opens what it stands for, and the verdict on it: slower, no difference, not enough data", async () => {
  test.setTimeout(150_000);
  await page.goto(`/charts?env=${ENV}&service=fast&marker=change:${changes.get("fast")}`);
  await expect(page.getByRole("dialog")).toContainText("Change fast");
  await expect(verdict("fast")).toContainText("slower", { timeout: 100_000 });
  const sentence = (await verdict("fast").innerText()).match(/Mean duration \+([\d.]+) ms/)?.[1];
  expect(Number(sentence), await verdict("fast").innerText()).toBeGreaterThan(70);
  expect(Number(sentence)).toBeLessThan(160);
  await page.goto(`/charts?env=${ENV}&service=calm&marker=change:${changes.get("calm")}`);
  await expect(verdict("calm")).toContainText("no difference", { timeout: 30_000 });
  await page.goto(`/charts?env=${ENV}&service=quiet&marker=change:${changes.get("quiet")}`);
  await expect(verdict("quiet")).toContainText("not enough data", { timeout: 30_000 });
  await expect(verdict("quiet")).toContainText("more requests are needed");
  await page.goto(`/charts?env=${ENV}&service=fast`);
  await mark(changes.get("fast") ?? "")
    .first()
    .click();
  await page.getByRole("dialog").getByText("Open the change").click();
  await page.waitForURL(`**/changes?env=${ENV}&change=${changes.get("fast")}`);
  await expect(page.getByRole("dialog")).toContainText("Change fast");
});

test("a stretch that is dragged over is zoomed into, in the address, and left again; the cursor is on every chart", async () => {
  await page.goto(`/charts?env=${ENV}`);
  const surface = chart("Requests").getByTestId("surface");
  const box = await surface.boundingBox();
  if (box === null) throw new Error("the chart has no size");
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  const cursors = page.getByTestId("surface").locator("> span");
  await expect.poll(() => cursors.count()).toBeGreaterThan(2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=\d{13}&to=\d{13}/);
  await expect(page.getByTestId("stretch")).toBeVisible();
  const { searchParams } = new URL(page.url());
  const length = Number(searchParams.get("to")) - Number(searchParams.get("from"));
  expect(length).toBeGreaterThan(5 * 60_000);
  expect(length).toBeLessThan(8 * 60_000);
  await page.goBack();
  await expect(page.getByTestId("stretch")).toBeHidden();
  await page.goForward();
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(page).toHaveURL(/range=15m/);
});

test("a restart and a scaling are marked by what they are", async () => {
  test.setTimeout(90_000);
  await services[0]?.[Symbol.asyncDispose]();
  services.push(await start("fast", "fast-1", PACE.fast), await start("calm", "calm-2", 1));
  await page.goto(`/charts?env=${ENV}`);
  await expect(page.locator('[data-mark*="restart:fast:"]').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('[data-mark*="scaling:calm:"]').first()).toBeVisible({ timeout: 60_000 });
});

test("the console starts at the overview: a sentence, what is not normal, what moves, traffic, changes, itself", async () => {
  await page.goto("/");
  await page.waitForURL("**/overview?env=prod");
  await expect(page.getByTestId("verdict")).toContainText("1 switch degraded");
  const section = (name: string) => page.getByRole("region", { name });
  await expect(section("Not normal")).toContainText("comments · calm");
  await expect(section("In motion")).toBeVisible();
  await expect(section("Last changes")).toContainText("Change fast");
  await expect(section("The control plane itself")).toContainText("instances scraped every 5 s");
  await expect(chart("Duration")).toContainText(/p99\s*\d/);
  await publish("calm", "switch", "comments", switchAt("NORMAL"));
  await expect(page.getByTestId("verdict")).not.toContainText("switch degraded");
  await section("Last changes").getByText("Change fast").click();
  await page.waitForURL("**/changes?**");
});

for (const theme of THEMES) {
  for (const width of [1440, 390]) {
    test(`both pages at ${width} px, ${theme}, in both languages: nothing sticks out, axe finds nothing serious`, async ({
      browser,
    }) => {
      const looking = await browser.newContext({
        baseURL: stage.url,
        storageState: stage.storageState(),
        viewport: { width, height: 900 },
        colorScheme: theme,
        locale: width === 390 ? "zh-CN" : "en-US",
      });
      const seen = await looking.newPage();
      for (const address of [`/overview?env=${ENV}`, `/charts?env=${ENV}&service=fast`]) {
        await seen.goto(address);
        await settled(seen);
        expect(await complaints(seen, address)).toEqual([]);
      }
      await looking.close();
    });
  }
}

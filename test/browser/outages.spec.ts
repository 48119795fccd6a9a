import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import { ConsoleStage } from "../support/console-stage.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { complaints, settled, THEMES } from "./look.ts";

/**
 * Every page through real outages: etcd stopped, SQL stopped, the control plane killed and frozen. What may be old is
 * marked on itself and in the strip, what can't be read says what to do, nothing overflows and axe finds nothing
 * serious meanwhile, and all of it goes on by itself afterwards.
 */
const ENV = "prod";
const PAGES = {
  switches: "/switches?env=prod",
  switch: "/switches?env=prod&lever=order/switch/checkout",
  config: "/config?env=prod",
  "config open": "/config?env=prod&service=order&name=banner",
  rollouts: "/rollouts?env=prod",
  resilience: "/resilience?env=prod&kind=timeout",
  services: "/services?env=prod",
  service: "/services?env=prod&service=order",
  changes: "/changes?env=prod",
} as const;
/** Pages whose rows bear figures that may be old. */
const DATED: readonly (keyof typeof PAGES)[] = [
  "switches",
  "config",
  "rollouts",
  "resilience",
  "services",
  "service",
  "changes",
];
/** Longer than any page waits before it calls what it has old. */
const OLD_MS = 25_000;

let postgres: PostgresServer;
let stage: ConsoleStage;
let context: BrowserContext;
const tabs = new Map<keyof typeof PAGES, Page>();

const tab = (name: keyof typeof PAGES): Page => {
  const page = tabs.get(name);
  if (page === undefined) throw new Error(`there is no tab of ${name}`);
  return page;
};
const strip = (page: Page) => page.getByTestId("link-state");
/** Who is signed in, asked alone. */
const isWho = (url: string): boolean => new URL(url).pathname === "/api/trpc/session.me";
/** What a page says is wrong; the browser's own announcer of pages is none. */
const alarm = (page: Page) => page.getByRole("main").getByRole("alert");
const newContext = (browser: Browser) =>
  browser.newContext({ baseURL: stage.url, storageState: stage.storageState(), reducedMotion: "reduce" });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  postgres = await PostgresServer.start();
  stage = await ConsoleStage.start({ env: { DATABASE_URL: await postgres.createDatabase("outages") } });
  await stage.register(ENV, { order: 3, payment: 2 });
  const spec = { position: "NORMAL", level: "core", strategy: "simplified" };
  await stage.publish(ENV, "Set up the shop", [
    { service: "order", kind: "switch", name: "checkout", spec },
    { service: "order", kind: "config", name: "banner", spec: { format: "json", value: '{"text":"Hello"}' } },
    { service: "order", kind: "timeout", name: "payment", spec: { timeoutMs: 900 } },
    {
      service: "order",
      kind: "switch",
      name: "in-part",
      spec,
      rollout: {
        id: "01J00000000000000000000000",
        salt: "s",
        shareBp: 2_500,
        stickiness: "instance",
        candidate: { ...spec, position: "DEGRADED" },
      },
    },
  ]);
  await stage.publish(ENV, "Set up what all have", [
    { service: "*", kind: "switch", name: "comments", spec: { ...spec, level: "non-core" } },
  ]);
  context = await newContext(browser);
  for (const [name, address] of Object.entries(PAGES)) {
    const page = await context.newPage();
    await page.goto(address);
    await settled(page);
    tabs.set(name as keyof typeof PAGES, page);
  }
});
test.afterAll(async () => {
  await context?.close();
  await stage?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** Each tab in turn, in both themes and on a phone, as it stands. */
async function lookAtAll(what: string): Promise<void> {
  const found: string[] = [];
  for (const [name, page] of tabs) {
    for (const [width, colorScheme] of [
      [1440, THEMES[0]],
      [390, THEMES[1]],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      found.push(...(await complaints(page, `${name} ${width} ${colorScheme} ${what}`)));
    }
  }
  expect(found).toEqual([]);
}

async function saysInStrip(text: RegExp | string): Promise<void> {
  for (const [name, page] of tabs) await expect(strip(page), name).toHaveText(text, { timeout: 45_000 });
}

async function isDated(): Promise<void> {
  for (const name of DATED) {
    await expect(tab(name).locator(".dated").first(), name).toBeVisible({ timeout: OLD_MS });
  }
}

async function isFresh(): Promise<void> {
  await saysInStrip("Live");
  for (const name of DATED) {
    await expect(tab(name).locator(".dated"), name).toHaveCount(0, { timeout: OLD_MS });
  }
}

test("etcd stopped: read only, since when, on the strip and on the figures themselves", async () => {
  test.setTimeout(240_000);
  await isFresh();
  await stage.etcd.kill();
  await saysInStrip(/Read only, etcd unreachable since \d\d:\d\d:\d\d/);
  await isDated();
  await lookAtAll("while etcd is stopped");
  await stage.etcd.up();
  await isFresh();
});

test("SQL stopped: levers as before, and the history says that it can't be read", async ({ browser }) => {
  test.setTimeout(240_000);
  await postgres.stop();
  const changes = tab("changes");
  await expect(changes.getByText("The history can't be read now")).toBeVisible({ timeout: 30_000 });
  await expect(strip(changes)).toHaveText("Live");
  await expect(tab("switches").locator("[data-lever='order/switch/checkout']")).toBeVisible();
  await lookAtAll("while SQL is stopped");
  const later = await newContext(browser);
  const found: string[] = [];
  const page = await later.newPage();
  for (const address of [PAGES.changes, "/admin?env=prod&tab=audit", `${PAGES["config open"]}&tab=history`]) {
    await page.goto(address);
    await settled(page);
    found.push(...(await complaints(page, `${address} opened without SQL`)));
  }
  expect(found).toEqual([]);
  await page.goto(PAGES.switches);
  // A key that is pressed before the page's code has come is lost, as everywhere on the web.
  await expect(strip(page)).toHaveText("Live");
  await page.keyboard.press("ControlOrMeta+k");
  await page.locator("[cmdk-input]").fill("checkout");
  await expect(page.getByRole("option", { name: "order/switch/checkout" })).toBeVisible();
  await expect(page.getByText("The history does not answer: changes were not searched.")).toBeVisible({
    timeout: 15_000,
  });
  await later.close();
  await postgres.up();
  await expect(changes.getByText("The history can't be read now")).toBeHidden({ timeout: 45_000 });
});

test("the control plane killed: not live since when, figures marked as old, then all by itself again", async () => {
  test.setTimeout(240_000);
  await stage.control.kill();
  await saysInStrip(/Not live since \d\d:\d\d:\d\d/);
  await isDated();
  await lookAtAll("while the control plane is away");
  await stage.control.up();
  await isFresh();
});

test("the connection frozen, as by a network that drops everything: noticed, marked, and healed", async () => {
  test.setTimeout(240_000);
  process.kill(stage.control.pid, "SIGSTOP");
  try {
    await saysInStrip(/Not live since \d\d:\d\d:\d\d/);
    await isDated();
  } finally {
    process.kill(stage.control.pid, "SIGCONT");
  }
  await isFresh();
});

test("while answers are awaited, each page keeps its place", async ({ browser }) => {
  test.setTimeout(120_000);
  const waiting = await newContext(browser);
  const page = await waiting.newPage();
  let answer: () => void = () => undefined;
  const found: string[] = [];
  for (const [name, address] of Object.entries(PAGES)) {
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route("**/api/trpc/**", async (route) => {
      // Who is signed in is known; everything else is a long time coming.
      if (!isWho(route.request().url())) await held;
      await route.continue().catch(() => undefined);
    });
    await page.goto(address);
    await expect(page.locator(".skeleton").first(), name).toBeVisible();
    found.push(...(await complaints(page, `${name} while it loads`)));
    answer();
    await page.unroute("**/api/trpc/**");
    await settled(page);
  }
  expect(found).toEqual([]);
  await waiting.close();
});

test("no answer at the first look: each page says so, what it means, and offers to ask again", async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const failing = await newContext(browser);
  const opened: [string, Page][] = [];
  let killed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    killed = resolve;
  });
  await failing.route("**/api/trpc/**", async (route) => {
    if (!isWho(route.request().url())) await gone;
    await route.continue().catch(() => undefined);
  });
  for (const name of ["switches", "config", "rollouts", "resilience", "services", "changes"] as const) {
    const page = await failing.newPage();
    await page.goto(PAGES[name]);
    await expect(page.locator(".skeleton").first()).toBeVisible();
    opened.push([name, page]);
  }
  await stage.control.kill();
  killed();
  const found: string[] = [];
  for (const [name, page] of opened) {
    await expect(alarm(page).first(), name).toContainText("does not answer", { timeout: 45_000 });
    await expect(page.getByRole("button", { name: /Try again|Ask again/ }).first(), name).toBeVisible();
    found.push(...(await complaints(page, `${name} without an answer`)));
  }
  expect(found).toEqual([]);
  await stage.control.up();
  for (const [name, page] of opened) {
    const again = page.getByRole("button", { name: /Try again|Ask again/ }).first();
    if (await again.isVisible()) await again.click({ timeout: 5_000 }).catch(() => undefined);
    await expect(alarm(page), name).toHaveCount(0, { timeout: 30_000 });
  }
  await failing.close();
});

test("a viewer sees everything, and what needs another role says which", async ({ browser }) => {
  test.setTimeout(120_000);
  const viewer = await stage.another([{ role: "viewer", env: ENV, services: "*" }], "vera");
  const theirs = await browser.newContext({
    baseURL: stage.url,
    storageState: stage.storageState(viewer),
    reducedMotion: "reduce",
  });
  const page = await theirs.newPage();
  const found: string[] = [];
  for (const [name, address] of [...Object.entries(PAGES), ["admin", "/admin?env=prod"] as const]) {
    await page.goto(address);
    await settled(page);
    found.push(...(await complaints(page, `${name} for a viewer`)));
  }
  expect(found).toEqual([]);
  await theirs.close();
});

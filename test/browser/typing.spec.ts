import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import type { Known } from "../support/console-people.ts";
import { ConsoleStage } from "../support/console-stage.ts";

/**
 * Guarantee (CONSOLE.md): typed text is never lost. In the middle of a word the server is killed, the connection
 * freezes, or the session ends; what was typed is there afterwards at the same address, and nothing that may be old
 * looked live in between.
 */
const ENV = "prod";
const HALF = "Payment is slow since ";
const REST = "noon，先降级";

interface Place {
  readonly name: string;
  readonly address: string;
  /** Where one types. */
  readonly field: (page: Page) => ReturnType<Page["locator"]>;
  /** An editor is no field: it is read by its text. */
  readonly editor?: true;
}

const labelled = (label: string) => (page: Page) =>
  page.getByRole("dialog").getByLabel(label, { exact: true });
const PLACES: readonly Place[] = [
  {
    name: "the switch sheet",
    address: "/switches?env=prod&lever=order/switch/checkout",
    field: labelled("Reason"),
  },
  {
    name: "the config editor",
    address: "/config?env=prod&service=order&name=banner",
    field: (page) => page.locator(".cm-content[contenteditable=true]"),
    editor: true,
  },
  { name: "an invitation", address: "/admin?env=prod&tab=people&new=person", field: labelled("Name") },
  { name: "a token", address: "/admin?env=prod&tab=tokens&new=token", field: labelled("Name") },
  { name: "a freeze", address: "/admin?env=prod&tab=environments&freeze=prod", field: labelled("Reason") },
];

let stage: ConsoleStage;
let context: BrowserContext;
let who: Known;
const strip = (page: Page) => page.getByTestId("link-state");

test.beforeAll(async () => {
  test.setTimeout(90_000);
  // A session that was revoked is looked for every half second, so that a test need not wait for half a minute.
  stage = await ConsoleStage.start({ env: { LEVERFRAME_REAUTHORIZE_MS: "500" } });
  await stage.register(ENV, { order: 3 });
  await stage.publish(ENV, "Set up", [
    {
      service: "order",
      kind: "switch",
      name: "checkout",
      spec: { position: "NORMAL", level: "non-core", strategy: "simplified" },
    },
    { service: "order", kind: "config", name: "banner", spec: { format: "text", value: "before" } },
  ]);
});
test.afterAll(() => stage[Symbol.asyncDispose]());

test.beforeEach(async ({ browser }) => {
  who = await stage.another([{ role: "admin", env: "*", services: "*" }], `p${Date.now()}`);
  context = await newContext(browser, who);
});
test.afterEach(() => context.close());

const newContext = (browser: Browser, person: Known) =>
  browser.newContext({
    baseURL: stage.url,
    storageState: stage.storageState(person),
    reducedMotion: "reduce",
  });

async function begin(place: Place): Promise<Page> {
  const page = await context.newPage();
  await page.goto(place.address);
  await expect(strip(page)).toHaveText("Live");
  await place.field(page).click();
  if (place.editor) await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(HALF);
  return page;
}

async function holds(page: Page, place: Place, text: string): Promise<void> {
  const field = place.field(page);
  if (place.editor) await expect(field, place.name).toHaveText(text.trimEnd());
  else await expect(field, place.name).toHaveValue(text);
}

/** Every place in a tab of its own, all in the middle of a word. */
async function typeEverywhere(): Promise<readonly (readonly [Place, Page])[]> {
  const typing: (readonly [Place, Page])[] = [];
  for (const place of PLACES) typing.push([place, await begin(place)]);
  return typing;
}

test("the server is killed: one types on, and everything is there when it is back, and after a reload", async () => {
  test.setTimeout(180_000);
  const typing = await typeEverywhere();
  await stage.control.kill();
  for (const [place, page] of typing) {
    await page.bringToFront();
    await expect(strip(page), place.name).toHaveText(/Not live since/, { timeout: 20_000 });
    await holds(page, place, HALF);
    await place.field(page).press("End");
    await page.keyboard.type(REST);
    await holds(page, place, HALF + REST);
  }
  // What proved the last change a while ago proves nothing of now.
  const [, sheet] = typing[0] ?? [];
  await expect(sheet?.locator(".dated").first() ?? strip(context.pages()[0] as Page)).toBeVisible({
    timeout: 25_000,
  });
  await stage.control.up();
  for (const [place, page] of typing) {
    await expect(strip(page), place.name).toHaveText("Live", { timeout: 30_000 });
    await holds(page, place, HALF + REST);
    await page.reload();
    await holds(page, place, HALF + REST);
  }
});

test("the connection freezes for a while: nothing that was typed meanwhile is missing", async () => {
  test.setTimeout(180_000);
  const typing = await typeEverywhere();
  process.kill(stage.control.pid, "SIGSTOP");
  try {
    for (const [place, page] of typing) {
      await page.bringToFront();
      await expect(strip(page), place.name).toHaveText(/Not live since/, { timeout: 30_000 });
      await place.field(page).press("End");
      await page.keyboard.type(REST);
    }
  } finally {
    process.kill(stage.control.pid, "SIGCONT");
  }
  for (const [place, page] of typing) {
    await expect(strip(page), place.name).toHaveText("Live", { timeout: 30_000 });
    await holds(page, place, HALF + REST);
  }
});

test("the session is revoked: sign-in comes up by itself, leads back to the same address, and nothing is missing", async () => {
  test.setTimeout(180_000);
  const typing = await typeEverywhere();
  await stage.people.do("people.revokeSessions", { person: who.id });
  for (const [place, page] of typing) {
    await page.bringToFront();
    await page.waitForURL("**/login?next=**", { timeout: 20_000 });
    // The first tab signs in; the others see it as soon as they are looked at.
    if (place === PLACES[0]) {
      await page.getByLabel("E-mail address").fill(who.email);
      await page.getByLabel("Password").fill(who.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
    } else {
      await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    }
    await page.waitForURL((url) => url.pathname + url.search === place.address, { timeout: 15_000 });
    await holds(page, place, HALF);
    await expect(strip(page)).toHaveText("Live", { timeout: 20_000 });
  }
});

test("a change that was sent as the session ended is not sent twice, and not lost", async () => {
  test.setTimeout(90_000);
  const place = PLACES[0];
  if (place === undefined) throw new Error("there is a switch sheet");
  const page = await begin(place);
  await page.getByRole("dialog").getByRole("radio", { name: "DEGRADED" }).check();
  // The session ends between two looks at it; the very call that publishes finds out.
  await stage.people.do("people.revokeSessions", { person: who.id });
  const send = page.getByRole("dialog").getByRole("button", { name: /^Degrade checkout/ });
  await send.click({ timeout: 3_000 }).catch(() => undefined);
  await page.waitForURL("**/login?next=**", { timeout: 20_000 });
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname + url.search === place.address, { timeout: 15_000 });
  await holds(page, place, HALF);
  const position = page.getByRole("dialog").getByRole("radiogroup", { name: "Position" });
  await expect(position.getByRole("radio", { name: "DEGRADED" })).toBeChecked();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Degrade checkout/ })
    .click();
  await expect(page.getByRole("dialog")).toContainText(/3\/3/, { timeout: 15_000 });
  const sent = async () => {
    const { data } = await stage.people.ask<{ rows: readonly { journal: { reason: string } }[] }>(
      stage.people.admin,
      "query",
      "history.changeSets",
      { env: ENV },
    );
    return data.rows.filter(({ journal }) => journal.reason === HALF.trim()).length;
  };
  await expect.poll(sent, { timeout: 10_000 }).toBe(1);
});

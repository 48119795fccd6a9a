import { DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import type { APIRequestContext, Locator, Page } from "@playwright/test";
import {
  anotherBrowser,
  commit,
  ENVIRONMENT,
  expect,
  publishing,
  shopUrl,
  test,
  windowUrl,
} from "./fixtures.ts";
import { put, standing } from "./past-pages.ts";

const BANK = { service: "payment", kind: "breaker", name: "bank" } as const;
/** As the demo sets it up, with a short wait and few calls, so that a test sees it open and come back. */
const SPEC = {
  ...DEFAULT_BREAKER,
  minimumNumberOfCalls: 4,
  slowCallDurationThresholdMs: 400,
  slowCallRateThreshold: 60,
  waitDurationInOpenStateMs: 4_000,
};

const bankAsItWas = async (request: APIRequestContext): Promise<void> => {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...BANK } });
  const found = await request.get(`/api/trpc/levers.get?input=${encodeURIComponent(input)}`);
  if (found.ok()) await put(request, BANK, SPEC);
  else await commit(request, "prepared by a test", [{ ...BANK, op: "put", spec: SPEC, baseRevision: 0 }]);
};

test.beforeEach(async ({ request }) => bankAsItWas(request));
test.afterAll(async ({ request }) => bankAsItWas(request));

/** From the first page to the breaker's sheet, by what is to be seen alone. */
async function openBank(page: Page): Promise<Locator> {
  await page.goto("/switches?env=prod");
  await page.getByRole("link", { name: "Resilience" }).click();
  await expect(page.getByTestId("link-state")).toHaveText("Live");
  await rowOf(page).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("radiogroup", { name: "Mode" })).toBeVisible();
  return sheet;
}

const rowOf = (page: Page): Locator => page.getByRole("button", { name: /^payment → bank:/ });

/** Chooses how long it holds: until a moment, `ms` from now, to the second. */
async function holdFor(sheet: Locator, ms: number): Promise<void> {
  await sheet.getByRole("radio", { name: "Until …" }).click();
  const at = new Date(Date.now() + ms);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  await sheet.getByLabel("Until (your time zone)").fill(local);
}

/** Buys a lamp at the shop as a buyer does, and reads what the shop says of it. */
async function buy(shop: Page): Promise<string> {
  await shop.goto(`${shopUrl()}/?user=u-9`);
  await shop.getByRole("button", { name: "Buy" }).first().click();
  return (await shop.getByRole("status").textContent()) ?? "";
}

test("a threshold is changed, and every instance proves it", async ({ page, request }) => {
  const sheet = await openBank(page);
  await expect(sheet.getByRole("button", { name: "Publish bank to 2 instances" })).toBeDisabled();
  await sheet.getByLabel("Failure threshold").fill("30");
  await sheet.getByLabel("Open for").fill("3000");
  await expect(sheet.getByTestId("diff-sentence")).toHaveText(
    "bank: Failure threshold 50 % → 30 %, Open for 4 s → 3 s · 2 instances",
  );
  await expect(sheet.getByText("Give a reason.")).toBeVisible();
  await sheet.getByLabel("Reason").fill("the bank is slow at month's end");
  await sheet.getByRole("button", { name: "Publish bank to 2 instances" }).click();

  const bar = sheet.getByTestId("receipt-bar");
  await expect(bar).toHaveAttribute("data-targets", "2");
  await expect(bar).toHaveAttribute("data-applied", "2");
  const live = sheet.getByRole("region", { name: "Live state and values by instance" });
  await expect(live.getByText(/30 % of at least 4 calls .* open 3 s/)).toHaveCount(2);
  await expect
    .poll(async () => (await standing(request, BANK)).resource.spec)
    .toEqual({
      ...SPEC,
      failureRateThreshold: 30,
      waitDurationInOpenStateMs: 3_000,
    });
  await sheet.getByRole("link", { name: "All changes of this lever" }).click();
  await expect(page.getByText("the bank is slow at month's end")).toBeVisible();
});

test("what is not valid is said at its field, in the protocol's own bounds, and not published", async ({
  page,
}) => {
  const sheet = await openBank(page);
  const noteOf = (label: string) => sheet.getByLabel(label).locator("xpath=ancestor::div[2]");
  await sheet.getByLabel("Failure threshold").fill("0");
  await expect(noteOf("Failure threshold")).toContainText("must be above 0");
  await sheet.getByLabel("Failure threshold").fill("101");
  await expect(noteOf("Failure threshold")).toContainText("must be at most 100");
  await sheet.getByLabel("Open for").fill("soon");
  await expect(noteOf("Open for")).toContainText("must be a whole number");
  await sheet.getByLabel("Failure threshold").fill("50");
  await sheet.getByLabel("Open for").fill("4000");
  await sheet.getByLabel("Good trials to close").fill("9");
  await expect(noteOf("Good trials to close")).toContainText("must be at most the trial calls (5)");
  await expect(sheet.getByLabel("Good trials to close")).toHaveAttribute("aria-invalid", "true");
  await sheet.getByLabel("Reason").fill("not to be");
  await expect(sheet.getByRole("button", { name: /^Publish bank/ })).toBeDisabled();
  await expect(sheet.getByText("Mend the fields that are marked.")).toBeVisible();

  await page.reload();
  await expect(page.getByRole("dialog").getByLabel("Good trials to close")).toHaveValue("9");
  await page.getByRole("dialog").getByRole("button", { name: "Discard the draft" }).click();
  await expect(page.getByRole("dialog").getByLabel("Good trials to close")).toHaveValue("3");
});

test("forced open for a moment, payments are refused at the shop, and it comes back by itself", async ({
  page,
  context,
  request,
}) => {
  test.setTimeout(90_000);
  const shop = await context.newPage();
  expect(await buy(shop)).toContain("Ordered and paid");
  const sheet = await openBank(page);
  await sheet.getByRole("radio", { name: "FORCED OPEN" }).click();
  await expect(sheet.getByText("It lets no call through")).toBeVisible();
  await expect(sheet.getByRole("radio", { name: "1 h" })).toBeChecked();
  await expect(sheet.getByText("Then bank as it stands now (NORMAL) comes back by itself.")).toBeVisible();
  await expect(sheet.getByTestId("diff-sentence")).toHaveText("bank: NORMAL → FORCED OPEN · 2 instances");
  await expect(sheet.getByText("The interlock refuses this")).toBeVisible();
  await sheet.getByLabel("Reason", { exact: true }).fill("the bank asked us to stop calling");
  const force = sheet.getByRole("button", { name: "Force bank open on 2 instances" });
  await expect(force).toBeDisabled();
  await sheet.getByLabel("Why it may be broken all the same").fill("agreed with trade");
  await holdFor(sheet, 14_000);
  await force.click();

  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await expect(sheet.getByTestId("countdown")).toHaveText(/^\d+ s left$/);
  const live = sheet.getByRole("region", { name: "Live state and values by instance" });
  await expect(live.locator("[data-state=open]")).toHaveCount(2);
  expect(await buy(shop)).toContain("The bank is slow: we will charge you later");
  await expect(live.getByText(/calls? refused/).first()).toBeVisible({ timeout: 12_000 });
  await expect(rowOf(page)).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(rowOf(page)).toHaveAccessibleName("payment → bank: 2 open (FORCED OPEN)");
  await expect(rowOf(page).getByTestId("countdown")).toBeVisible();

  await expect(rowOf(page).getByTestId("countdown")).toHaveCount(0, { timeout: 30_000 });
  await expect(rowOf(page)).toHaveAccessibleName(/half open|closed/);
  await expect
    .poll(async () => (await standing(request, BANK)).resource)
    .toMatchObject({
      spec: SPEC,
      meta: { author: { kind: "rule", id: "expiry" } },
    });
  await expect.poll(() => buy(shop), { timeout: 30_000 }).toContain("Ordered and paid");
  await expect(rowOf(page)).toHaveAccessibleName("payment → bank: 2 closed", { timeout: 30_000 });
  await rowOf(page).click();
  await expect(page.getByRole("dialog").getByText(/^Ended as planned: the bank asked us/)).toBeVisible();
});

test("the bank in trouble opens the breaker before everybody's eyes, and it recovers", async ({
  page,
  context,
}) => {
  test.setTimeout(120_000);
  await page.goto("/resilience?env=prod");
  await expect(rowOf(page)).toHaveAccessibleName("payment → bank: 2 closed", { timeout: 30_000 });
  await expect(page.getByTestId("verdict")).toHaveText("All breakers are closed");
  const desk = await context.newPage();
  await desk.goto(windowUrl());
  await desk.locator("[data-trouble=slow-bank]").click();
  const shop = await context.newPage();
  const buying = setInterval(() => {
    for (let call = 0; call < 3; call++) {
      void fetch(`${shopUrl()}/buy?product=lamp&user=u-9`, { method: "POST" }).catch(() => undefined);
    }
  }, 300);
  try {
    await expect(rowOf(page).locator("[data-look=open]").first()).toBeVisible({ timeout: 30_000 });
    await expect(page.getByTestId("verdict")).toHaveText("1 breaker is not closed");
    await rowOf(page).click();
    const live = page.getByRole("dialog").getByRole("region", { name: "Live state and values by instance" });
    await expect(live.getByText(/open · since .* % failed/).first()).toBeVisible({ timeout: 15_000 });
    await page.keyboard.press("Escape");
    await expect(rowOf(page).locator("[data-look=half]").first()).toBeVisible({ timeout: 20_000 });
    await desk.getByRole("button", { name: "Heal all" }).click();
    await expect(desk.locator("#said")).toContainText("the bank is itself again");
    await expect(rowOf(page)).toHaveAccessibleName("payment → bank: 2 closed", { timeout: 40_000 });
  } finally {
    clearInterval(buying);
    await desk.getByRole("button", { name: "Heal all" }).click();
  }
  expect(await buy(shop)).toContain("Ordered and paid");
});

test("a breaker that only counts is drawn as a shadow", async ({ page }) => {
  const sheet = await openBank(page);
  await sheet.getByRole("radio", { name: "METRICS ONLY" }).click();
  await expect(sheet.getByRole("radio", { name: "No end" })).toBeChecked();
  await sheet.getByLabel("Reason").fill("try the thresholds first");
  await sheet.getByRole("button", { name: "Publish bank to 2 instances" }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await page.keyboard.press("Escape");
  await expect(rowOf(page)).toHaveAccessibleName("payment → bank: 2 closed (METRICS ONLY)");
  const cell = rowOf(page).locator("[data-instance=payment-1] [data-mode=METRICS_ONLY]");
  await expect(cell).toHaveCSS("border-style", "dashed");
  await expect(page.getByTestId("verdict")).toHaveText("1 breaker is not on NORMAL");
});

test("two browsers, one breaker: the second sees all three states by field, and merges", async ({
  page,
  browser,
  request,
}) => {
  const sheet = await openBank(page);
  await sheet.getByLabel("Failure threshold").fill("35");
  const other = await anotherBrowser(browser);
  const theirs = await openBank(other);
  await theirs.getByLabel("Trial calls").fill("8");
  await theirs.getByLabel("Failure threshold").fill("45");
  await theirs.getByLabel("Reason").fill("more trials");
  await publishing(theirs.getByTestId("receipt-bar"), () =>
    theirs.getByRole("button", { name: "Publish bank to 2 instances" }).click(),
  );
  await expect(theirs.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await other.context().close();

  const conflict = sheet.getByTestId("conflict");
  await expect(conflict).toContainText("more trials");
  await expect(conflict.getByRole("row", { name: /Failure threshold/ })).toContainText("50 %45 %35 %");
  await expect(conflict.getByRole("row", { name: /Trial calls/ })).toContainText("Only they changed it.");
  await conflict.getByRole("button", { name: "Rebase mine on theirs and review" }).click();
  await expect(sheet.getByTestId("diff-sentence")).toHaveText(
    "bank: Failure threshold 45 % → 35 % · 2 instances",
  );
  await sheet.getByLabel("Reason").fill("stricter all the same");
  await sheet.getByRole("button", { name: "Publish bank to 2 instances" }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await expect
    .poll(async () => (await standing(request, BANK)).resource.spec)
    .toMatchObject({
      failureRateThreshold: 35,
      permittedNumberOfCallsInHalfOpenState: 8,
    });
});

test("a sampling lever with a rate for one route is made, acted on by every instance, and deleted", async ({
  page,
}) => {
  await page.goto("/resilience?env=prod");
  await page.getByRole("link", { name: "Sampling" }).click();
  await expect(page).toHaveURL(/kind=sampling/);
  await expect(page.getByText("No lever of this kind yet")).toBeVisible();
  await page.getByRole("button", { name: "New lever" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Service", { exact: true }).selectOption("order");
  await sheet.getByLabel("Name").fill("Traces");
  await expect(sheet.getByText(/^Begin with a small letter/)).toBeVisible();
  await sheet.getByLabel("Name").fill("traces");
  await sheet.getByRole("button", { name: "Set its values" }).click();
  await expect(page).toHaveURL(/lever=order(%2F|\/)sampling(%2F|\/)traces/);
  await sheet.getByLabel("Traces kept").fill("25");
  await sheet.getByLabel("By route", { exact: true }).fill("/orders = 100");
  await sheet.getByLabel("Reason").fill("look closer");
  await expect(sheet.getByTestId("diff-sentence")).toContainText("traces gets a lever: Traces kept 25 %");
  await sheet.getByRole("button", { name: "Give traces its lever" }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "3");
  await page.keyboard.press("Escape");
  const row = page.locator('[data-lever="order/sampling/traces"]');
  await expect(row).toContainText("25 % of traces · 1 route set apart");
  await expect(row).toContainText("read by 3 of 3");
  await expect(row).not.toContainText("unsupported");
  await row.click();
  await sheet.getByRole("button", { name: "Delete the lever" }).click();
  await sheet.getByLabel("Reason").fill("we have seen enough");
  await sheet.getByRole("button", { name: "Delete traces" }).click();
  await expect(sheet.getByText("There is no such lever")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByText("No lever of this kind yet")).toBeVisible();
});

test("a limit by a caller's context shows the fields of its values once the key is named", async ({
  page,
  request,
}) => {
  await page.goto("/resilience?env=prod&kind=limit");
  await page.getByRole("button", { name: "New lever" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Service", { exact: true }).selectOption("order");
  await sheet.getByLabel("Name").fill("checkout");
  await sheet.getByRole("button", { name: "Set its values" }).click();
  await expect(sheet.getByLabel("Each value", { exact: true })).toHaveCount(0);
  await sheet.getByLabel("By the value of").fill("userId");
  await sheet.getByLabel("Each value", { exact: true }).fill("5");
  await sheet.getByLabel("Other values’ own").fill("u-1 = 50");
  await sheet.getByLabel("Reason").fill("one buyer must not starve the others");
  await sheet.getByRole("button", { name: "Give checkout its lever" }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-targets", "3");
  await page.keyboard.press("Escape");
  const row = page.locator('[data-lever="order/limit/checkout"]');
  await expect(row).toBeVisible();
  await expect(row).not.toContainText("unsupported");
  const limit = { service: "order", kind: "limit", name: "checkout" } as const;
  const { revision } = await standing(request, limit);
  await commit(request, "tidied by a test", [{ ...limit, op: "delete", baseRevision: revision }]);
});

test("a rule degrades a switch by itself at each instance, and lets go once it is deleted", async ({
  page,
  request,
}) => {
  const lever = { service: "payment", kind: "switch", name: "charging" } as const;
  const rule = { service: "payment", kind: "degrade", name: "too-busy" } as const;
  const spec = { position: "NORMAL", level: "secondary", strategy: "custom" };
  const remove = async (ref: typeof lever | typeof rule): Promise<void> => {
    const { revision } = await standing(request, ref);
    await commit(request, "tidied by a test", [{ ...ref, op: "delete", baseRevision: revision }]);
  };
  await commit(request, "prepared by a test", [{ ...lever, op: "put", spec, baseRevision: 0 }]);
  await page.goto("/resilience?env=prod&kind=degrade");
  await page.getByRole("button", { name: "New lever" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Service", { exact: true }).selectOption("payment");
  await sheet.getByLabel("Name").fill("too-busy");
  await sheet.getByRole("button", { name: "Set its values" }).click();
  await sheet.getByLabel("Switch to degrade").fill("charging");
  await sheet.getByLabel("Signal").selectOption("CPU of the process");
  // No process is less busy than that: the rule acts wherever it is obeyed.
  await sheet.getByLabel("Acts above").fill("0.0001");
  await sheet.getByLabel("Lets go below").fill("0");
  await sheet.getByLabel("For", { exact: true }).fill("0");
  await sheet.getByLabel("Reason").fill("charge later while there is much to do");
  await sheet.getByRole("button", { name: "Give too-busy its lever" }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await page.goto("/services?env=prod&service=payment&instance=payment-1");
  const said = page.getByText("by rule too-busy for 100 % of decisions");
  await expect(said).toBeVisible({ timeout: 15_000 });
  await page.goto("/switches?env=prod&lever=payment/switch/charging");
  await expect(sheet.getByTestId("by-rule")).toContainText(
    "payment-2: rule too-busy, 100 % of its decisions",
  );
  await remove(rule);
  await expect(sheet.getByTestId("by-rule")).toHaveCount(0, { timeout: 20_000 });
  await remove(lever);
});

test("a breaker that only code knows is shown on its defaults, and is given a lever", async ({
  page,
  request,
}) => {
  const sheet = await openBank(page);
  await sheet.getByRole("button", { name: "Delete the lever" }).click();
  await sheet.getByLabel("Reason").fill("back to the code's own thresholds");
  await sheet.getByRole("button", { name: "Delete bank" }).click();
  await expect(sheet.getByText("No lever moves it: it runs on its code's defaults")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(rowOf(page)).toHaveAccessibleName("payment → bank: 2 closed", { timeout: 15_000 });
  await expect(rowOf(page)).toContainText("On its code's defaults");
  await expect(rowOf(page)).toContainText("Give it a lever");
  await rowOf(page).click();
  await sheet.getByLabel("Fewest calls").fill("4");
  await sheet.getByLabel("What it is for").fill("Calls to the bank");
  await sheet.getByLabel("Reason").fill("thresholds of its own");
  await sheet.getByRole("button", { name: "Give bank its lever" }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await expect
    .poll(async () => (await standing(request, BANK)).resource)
    .toMatchObject({
      spec: { ...DEFAULT_BREAKER, minimumNumberOfCalls: 4 },
      meta: { description: "Calls to the bank", version: 1 },
    });
});

test("an edit waits in the tray, says so, and is published from there", async ({ page, request }) => {
  const sheet = await openBank(page);
  await sheet.getByLabel("Slow above").fill("350");
  await sheet.getByLabel("Reason").fill("with the others of tonight");
  await sheet.getByRole("button", { name: "Add to the tray" }).click();
  await expect(sheet.getByTestId("in-tray")).toBeVisible();
  await expect(sheet.getByLabel("Slow above")).toHaveValue("400");
  await page.keyboard.press("Escape");
  await page.getByTestId("tray-mark").click();
  const tray = page.getByRole("dialog", { name: "Tray" });
  await expect(tray.getByTestId("tray-sentence")).toHaveText("1 lever changes, 2 instances");
  await tray.getByRole("button", { name: /^Publish 1 edit/ }).click();
  await expect(tray.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "2");
  await expect
    .poll(async () => (await standing(request, BANK)).resource.spec["slowCallDurationThresholdMs"])
    .toBe(350);
});

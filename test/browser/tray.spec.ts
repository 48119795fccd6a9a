import type { APIRequestContext, Page } from "@playwright/test";
import { ulid } from "ulid";
import { COMMENTS, consoleUrl, ENVIRONMENT, expect, openBoard, openSheet, rowOf, test } from "./fixtures.ts";
import { put, shopBanner, shopPart, standing } from "./past-pages.ts";

const RECOMMENDATIONS = { service: "*", kind: "switch", name: "recommendations" } as const;
const PRODUCT_PAGE = { service: "gateway", kind: "switch", name: "product-page" } as const;
const BANNER = { service: "gateway", kind: "config", name: "banner" } as const;

/** Levers as the demo set them up. */
const SEEDED = [
  [
    COMMENTS,
    { position: "NORMAL", level: "non-core", strategy: "placeholder", payload: "Comments are resting." },
  ],
  [
    RECOMMENDATIONS,
    { position: "NORMAL", level: "non-core", strategy: "static", payload: ["Signal lamp", "Brass whistle"] },
  ],
  [PRODUCT_PAGE, { position: "NORMAL", level: "secondary", strategy: "simplified" }],
  [BANNER, { format: "json", value: JSON.stringify({ text: "Free delivery to every station" }) }],
] as const;

async function asSeeded(request: APIRequestContext): Promise<void> {
  for (const [ref, spec] of SEEDED) {
    const { resource } = await standing(request, ref);
    if (JSON.stringify(resource.spec) !== JSON.stringify(spec)) await put(request, ref, spec, "cleaned up");
  }
}
test.beforeEach(({ request }) => asSeeded(request));
test.afterEach(({ request }) => asSeeded(request));

const unique = (text: string) => `${text} ${Math.random().toString(36).slice(2, 8)}`;
const tray = (page: Page) => page.getByRole("dialog", { name: "Tray" });
const line = (page: Page, ref: { service: string; kind: string; name: string }) =>
  page.locator(`[data-tray-edit="${ref.service}/${ref.kind}/${ref.name}"]`);

/** Puts a new text for the banner into the tray, as a person does. */
async function collectBanner(page: Page, text: string): Promise<void> {
  await page.getByRole("link", { name: "Config" }).click();
  await page.getByRole("button", { name: /^banner/ }).click();
  await page.locator(".cm-content[contenteditable=true]").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(JSON.stringify({ text }));
  await page.getByRole("button", { name: "Review and publish" }).click();
  await page.getByRole("button", { name: "Add to the tray" }).click();
}

/** Puts another payload for the product page into the tray: it moves nothing by itself. */
async function collectPayload(page: Page, payload: string): Promise<void> {
  const sheet = await openSheet(page, PRODUCT_PAGE);
  await sheet.getByText("While DEGRADED, users get").click();
  await sheet.getByLabel("payload").fill(JSON.stringify(payload));
  await sheet.getByRole("button", { name: "Add to the tray" }).click();
  await expect(sheet.getByTestId("in-tray")).toBeVisible();
  await page.keyboard.press("Escape");
}

test("all non-core switches are pulled as one revision, read at the shop, and undone as one", async ({
  page,
}) => {
  await page.goto("/switches?env=prod");
  await expect(page.getByTestId("link-state")).toHaveText("Live");
  await page.getByRole("combobox", { name: "Level" }).selectOption({ label: "non-core" });
  await expect(page).toHaveURL(/level=non-core/);
  await page.getByRole("checkbox", { name: "Pick all of every service" }).check();
  await expect(page.getByTestId("bulk-bar")).toContainText("2 switches picked");
  await page.getByRole("button", { name: "Degrade 2" }).click();

  await expect(tray(page).getByTestId("tray-sentence")).toHaveText("2 levers change, 20 instances");
  await expect(tray(page).getByTestId("tray-revisions")).toHaveText(/^Published as one revision/);
  await expect(line(page, COMMENTS).getByTestId("diff-sentence")).toHaveText("comments: NORMAL → DEGRADED");
  const publish = tray(page).getByRole("button", { name: "Publish 2 edits as one revision" });
  await expect(publish).toBeDisabled();
  expect(await shopPart("comments")).toBe("normal");
  const reason = unique("shedding what is not core");
  await tray(page).getByLabel("Reason").fill(reason);
  await publish.click();
  await expect(tray(page).getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  await expect.poll(() => shopPart("comments")).toBe("degraded");
  await expect.poll(() => shopPart("recommendations")).toBe("degraded");

  await tray(page).getByRole("link", { name: "Open the change, with its undo" }).click();
  const change = page.getByRole("dialog");
  await expect(change).toContainText(reason);
  await expect(page.getByTestId("tray-mark")).toHaveCount(0);
  await change.getByRole("button", { name: "Undo", exact: true }).click();
  await change.getByLabel("Reason").fill(unique("back to normal"));
  await change.getByRole("button", { name: "Undo it" }).click();
  await expect(change.getByTestId("undone")).toContainText("Taken back by r");
  await expect.poll(() => shopPart("comments")).toBe("normal");
  await expect.poll(() => shopPart("recommendations")).toBe("normal");
});

test("edits of two kinds outlive a reload, settle a conflict on one line, and are one revision", async ({
  page,
  request,
}) => {
  await openBoard(page);
  await collectPayload(page, "names and prices");
  await expect(page.getByTestId("tray-mark")).toHaveText("Tray 1");
  const text = unique("Two kinds, one revision");
  await collectBanner(page, text);
  await expect(page.getByTestId("tray-mark")).toHaveText("Tray 2");
  await page.reload();
  await page.getByTestId("tray-mark").click();
  await expect(line(page, BANNER)).toContainText(text);
  await expect(tray(page).getByTestId("tray-revisions")).toHaveText(/^Published as one revision/);
  const reason = unique("two kinds");
  await tray(page).getByLabel("Reason").fill(reason);

  await put(
    request,
    PRODUCT_PAGE,
    { position: "NORMAL", level: "secondary", strategy: "custom" },
    "moved meanwhile",
  );
  const conflict = line(page, PRODUCT_PAGE).getByTestId("tray-conflict");
  await expect(conflict).toContainText("moved meanwhile");
  await expect(conflict.getByRole("row", { name: /strategy/ })).toContainText("custom");
  const publish = tray(page).getByRole("button", { name: "Publish 2 edits as one revision" });
  await expect(tray(page).getByText("Decide about what was moved meanwhile.")).toBeVisible();
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await expect(conflict).toHaveCount(0);
  await publish.click();
  await expect(tray(page).getByTestId("tray-result")).toContainText("2 edits published as r");

  const [page1, banner] = [await standing(request, PRODUCT_PAGE), await standing(request, BANNER)];
  expect(page1.revision).toBe(banner.revision);
  expect(page1.changeSetId).toBe(banner.changeSetId);
  expect(page1.reason).toBe(reason);
  // Theirs where only they changed it, ours where we did.
  expect(page1.resource.spec).toMatchObject({ strategy: "custom", payload: "names and prices" });
  await expect.poll(shopBanner).toBe(text);
  await tray(page).getByRole("button", { name: "Close" }).last().click();
  await expect(page.getByTestId("tray-mark")).toHaveCount(0);
});

test("levers of every service and of named ones are two revisions in one group; what is lower goes first", async ({
  page,
  request,
}) => {
  await openBoard(page);
  await rowOf(page, PRODUCT_PAGE).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Degrade 1" }).click();
  await expect(tray(page).getByRole("alert").filter({ hasText: "The interlock refuses this" })).toContainText(
    "product-page is secondary",
  );
  await expect(tray(page).getByLabel("Why it may be broken all the same")).toBeVisible();
  await page.keyboard.press("Escape");

  await rowOf(page, COMMENTS).getByRole("checkbox").check();
  await rowOf(page, RECOMMENDATIONS)
    .getByRole("checkbox")
    .click({ modifiers: ["Shift"] });
  await page.getByRole("button", { name: "Degrade 2" }).click();
  await expect(tray(page).getByTestId("tray-revisions")).toHaveText(/^Published as 2 revisions in one group/);
  await expect(tray(page).getByText("Against a later revision")).toBeVisible();
  const reason = unique("lower first");
  await tray(page).getByLabel("Reason").fill(reason);
  await tray(page).getByRole("button", { name: "Publish 3 edits as 2 revisions" }).click();
  await expect(tray(page).locator("[data-part=published]")).toHaveCount(2);
  await expect.poll(() => shopPart("goods")).toBe("degraded");
  const [comments, goods] = [await standing(request, COMMENTS), await standing(request, PRODUCT_PAGE)];
  expect(comments.revision).toBeLessThan(goods.revision);
  expect([comments.reason, goods.reason]).toEqual([reason, reason]);
  const input = JSON.stringify({ json: { env: ENVIRONMENT, id: goods.changeSetId } });
  await expect
    .poll(async () =>
      (await request.get(`/api/trpc/history.changeSet?input=${encodeURIComponent(input)}`)).text(),
    )
    .toContain('"groupId":"');
  await put(request, PRODUCT_PAGE, SEEDED[2][1], "cleaned up");
});

test("a lost answer is asked for again with the same id, also by another page, and nothing is made twice", async ({
  page,
  request,
}) => {
  const before = await standing(request, COMMENTS);
  await openBoard(page);
  await rowOf(page, COMMENTS).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Degrade 1" }).click();
  await tray(page).getByLabel("Reason").fill(unique("over a bad line"));
  await page.route("**/api/trpc/publish.commit**", async (route) => {
    // It reaches the server; what the server answers does not come back.
    await route.fetch();
    await route.abort("connectionreset");
  });
  await tray(page).getByRole("button", { name: "Publish 1 edit as one revision" }).click();
  await expect(tray(page).getByText("No answer: it may have gone through or not")).toBeVisible({
    timeout: 15_000,
  });
  await page.unroute("**/api/trpc/publish.commit**");
  await page.reload();
  await expect(tray(page).getByTestId("tray-result")).toContainText("1 edit published as r");
  await expect(tray(page).getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  const after = await standing(request, COMMENTS);
  expect([after.resource.spec["position"], after.version]).toEqual(["DEGRADED", before.version + 1]);
});

test("an edit goes back into its editor, another is discarded, and the tray speaks the reader's language", async ({
  page,
}) => {
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("half a thought");
  await sheet.getByRole("button", { name: "Add to the tray" }).click();
  await sheet.getByTestId("in-tray").getByRole("button", { name: "Open the tray" }).click();
  await expect(tray(page).getByLabel("Reason")).toHaveValue("half a thought");
  await line(page, COMMENTS).getByRole("link", { name: "Edit */switch/comments" }).click();
  await expect(page.getByRole("dialog").getByRole("radio", { name: "DEGRADED" })).toBeChecked();
  await expect(page.getByTestId("tray-mark")).toHaveCount(0);
  await page.getByRole("dialog").getByRole("button", { name: "Add to the tray" }).click();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "简体中文" }).click();
  await page.getByTestId("tray-mark").click();
  const chinese = page.getByRole("dialog", { name: "托盘" });
  await expect(chinese.getByTestId("diff-sentence")).toContainText("正常 → 降级");
  await chinese.getByRole("button", { name: "丢弃 */switch/comments" }).click();
  await expect(chinese.getByText("托盘是空的")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "English" }).click();
});

test("a new switch and a deletion are one revision; the serious one is named first; the board finds the rest by tag", async ({
  page,
  request,
}) => {
  const [old, made] = ["old", "made"].map((name) => `${name}-${Date.now().toString(36)}`) as [string, string];
  const edit = {
    service: "order",
    kind: "switch",
    name: old,
    op: "put",
    spec: { position: "NORMAL", level: "secondary", strategy: "custom" },
    baseRevision: 0,
  };
  const ready = await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, id: ulid(), reason: "prepared by a test", edits: [edit] } },
  });
  expect(ready.ok(), await ready.text()).toBe(true);

  await openBoard(page);
  await page.getByRole("button", { name: "New switch" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill(made);
  await sheet.getByLabel("Service").selectOption("order");
  await sheet.getByLabel("Tags").fill("night, eu");
  await sheet.getByRole("button", { name: "Add to the tray" }).click();
  await rowOf(page, { service: "order", kind: "switch", name: old }).getByRole("button").first().click();
  await sheet.getByText("Delete this switch").click();
  await sheet.getByRole("button", { name: `Put the deletion of ${old} into the tray` }).click();

  await expect(tray(page).getByTestId("tray-sentence")).toHaveText("1 is made, 1 is deleted, 3 instances");
  const reason = unique("tidied up");
  await tray(page).getByLabel("Reason").fill(reason);
  const publish = tray(page).getByRole("button", { name: "Publish 2 edits as one revision" });
  await expect(publish).toBeDisabled();
  await tray(page).getByLabel(`This is serious in production. Type its name: ${old}`).fill(old);
  await publish.click();
  await expect(tray(page).getByTestId("tray-result")).toContainText("2 edits published as r");
  await expect
    .poll(async () => (await standing(request, { service: "order", kind: "switch", name: made })).reason)
    .toBe(reason);
  await tray(page).getByRole("button", { name: "Close" }).last().click();

  await expect(rowOf(page, { service: "order", kind: "switch", name: old })).toHaveCount(0);
  await page.getByRole("combobox", { name: "Tag" }).selectOption("night");
  await expect(page.getByTestId("filter-count")).toHaveText(/^1 of \d+$/);
  await page.reload();
  await expect(page.locator("[data-lever]")).toHaveCount(1);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page).not.toHaveURL(/tag=/);
});

test("rows are picked by the keyboard, in a range, and none of them opens", async ({ page }) => {
  await openBoard(page);
  await page.getByRole("radio", { name: "Level" }).click();
  await expect(page.getByRole("heading", { name: "non-core" })).toBeVisible();
  const levers = page.locator("[data-lever]");
  await levers.first().getByRole("button").focus();
  await page.keyboard.press("x");
  await expect(page.getByTestId("bulk-bar")).toContainText("1 switch picked");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(page.getByTestId("bulk-bar")).toContainText("2 switches picked");
  await expect(levers.nth(1).getByRole("button")).toBeFocused();
  await page.keyboard.press("x");
  await expect(page.getByTestId("bulk-bar")).toContainText("1 switch picked");
  await levers
    .last()
    .getByRole("checkbox")
    .click({ modifiers: ["Shift"] });
  await expect(page.getByTestId("bulk-bar")).toContainText(`${await levers.count()} switches picked`);
  await page.getByRole("button", { name: "Pick none" }).click();
  await expect(page.getByTestId("bulk-bar")).toHaveCount(0);
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

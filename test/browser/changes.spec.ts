import type { APIRequestContext, Page } from "@playwright/test";
import { COMMENTS, consoleUrl, ENVIRONMENT, expect, leverOf, pull, test } from "./fixtures.ts";

test.beforeEach(async ({ request }) => pull(request, COMMENTS, "NORMAL"));
test.afterEach(async ({ request }) => pull(request, COMMENTS, "NORMAL"));

/** A reason that no other test gives. */
const unique = (text: string) => `${text} ${Math.random().toString(36).slice(2, 8)}`;

const changeOf = (page: Page, reason: string) => page.locator("[data-change]", { hasText: reason });

async function openChanges(page: Page, query = ""): Promise<void> {
  await page.goto(`/changes?env=${ENVIRONMENT}${query}`);
  await expect(page.getByTestId("link-state")).toHaveText("Live");
}

/** An id of a change set that no other test makes. */
const newId = () => `01${"0".repeat(11)}${Date.now()}`;

/** A mutation past every page. */
async function post(request: APIRequestContext, procedure: string, json: object): Promise<void> {
  const response = await request.post(`/api/trpc/${procedure}`, {
    headers: { origin: consoleUrl() },
    data: { json },
  });
  expect(response.ok(), await response.text()).toBe(true);
}

const positionOf = async (request: APIRequestContext) =>
  (await leverOf(request, COMMENTS)).resource.spec.position;

test("a pull appears by itself, says what it did, and is undone with its own receipts", async ({
  page,
  request,
}) => {
  await openChanges(page);
  const reason = unique("comment p99 above 2 s");
  await pull(request, COMMENTS, "DEGRADED", reason);
  const row = changeOf(page, reason);
  await expect(row).toContainText("comments · every service");
  await row.getByRole("button").click();

  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText(reason);
  await expect(sheet.getByTestId("diff-sentence")).toHaveText("comments: NORMAL → DEGRADED");
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  await expect(page).toHaveURL(/change=[0-7][0-9A-Z]{25}/);

  await sheet.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(sheet.getByTestId("diff-sentence")).toHaveText("comments: DEGRADED → NORMAL");
  const submit = sheet.getByRole("button", { name: "Undo it" });
  await expect(submit).toBeDisabled();
  const why = unique("comments are back");
  await sheet.getByLabel("Reason").fill(why);
  await submit.click();
  await expect(sheet.getByTestId("undone")).toContainText("Taken back by r");
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  expect(await positionOf(request)).toBe("NORMAL");

  await page.keyboard.press("Escape");
  await expect(changeOf(page, why)).toContainText("takes one back");
  await expect(row).toContainText("taken back by r");
  await row.getByRole("button").click();
  await expect(page.getByRole("dialog")).toContainText(`Taken back by r`);
  await expect(page.getByRole("dialog")).toContainText(why);
});

test("what was changed again since is shown three ways, and nothing is written over it", async ({
  page,
  request,
}) => {
  const [first, second] = [unique("first"), unique("second")];
  await pull(request, COMMENTS, "DEGRADED", first);
  await pull(request, COMMENTS, "NORMAL", second);
  const before = (await leverOf(request, COMMENTS)).revision;
  await openChanges(page);
  await changeOf(page, first).getByRole("button").click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name: "Undo", exact: true }).click();
  const conflict = sheet.getByTestId("conflict");
  await expect(conflict).toContainText("It was changed again since");
  await expect(conflict).toContainText(second);
  await expect(conflict.getByRole("row", { name: /position/ })).toContainText("NORMAL");
  await expect(sheet.getByRole("button", { name: "Undo it" })).toHaveCount(0);
  expect((await leverOf(request, COMMENTS)).revision).toBe(before);
});

test("the filter is in the address, outlives a reload, and says when nothing fits", async ({
  page,
  request,
}) => {
  const reason = unique("filtered");
  await pull(request, COMMENTS, "DEGRADED", reason);
  await openChanges(page);
  await page.getByLabel("Lever's name").fill("comments");
  await page.getByLabel("Kind").selectOption("switch");
  await expect(page).toHaveURL(/name=comments/);
  await page.reload();
  await expect(changeOf(page, reason)).toBeVisible();
  await expect(page.getByLabel("Lever's name")).toHaveValue("comments");
  await page.getByLabel("Kind").selectOption("breaker");
  await expect(page.getByText("No change fits this filter")).toBeVisible();
  await page.getByRole("button", { name: "Show all changes" }).first().click();
  await expect(changeOf(page, reason)).toBeVisible();
  await expect(page).toHaveURL(/changes\?env=prod$/);
});

test("what will happen by itself is counted down, and a schedule is withdrawn", async ({ page, request }) => {
  const reason = unique("after the sale");
  const lever = await leverOf(request, COMMENTS);
  const edit = {
    ...COMMENTS,
    op: "put",
    spec: { ...lever.resource.spec, position: "DEGRADED" },
    baseRevision: lever.revision,
  };
  const at = new Date(Date.now() + 90 * 60_000).toISOString();
  await post(request, "automation.schedule", { env: ENVIRONMENT, id: newId(), at, reason, edits: [edit] });
  await openChanges(page);
  const line = page.getByTestId("upcoming").getByRole("listitem").filter({ hasText: reason });
  await expect(line).toContainText(/in (1h|2h|\d+m)/);
  await line.getByRole("button", { name: "Withdraw" }).click();
  await line.getByRole("button", { name: "Yes, withdraw it" }).click();
  await expect(line).toHaveCount(0);
  expect(await positionOf(request)).toBe("NORMAL");
});

test("levers are restored to a revision: the difference first, then part by part", async ({
  page,
  request,
}) => {
  const { revision } = await leverOf(request, COMMENTS);
  await pull(request, COMMENTS, "DEGRADED", unique("to be restored"));
  await openChanges(page);
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("What").selectOption("*");
  await sheet.getByRole("radio", { name: "Revision" }).click();
  await sheet.getByRole("textbox", { name: "Revision" }).fill(`r${revision}`);
  await sheet.getByRole("button", { name: "Compare with now" }).click();
  await expect(sheet.getByTestId("restore-plan")).toContainText("comments: DEGRADED → NORMAL");
  expect(await positionOf(request)).toBe("DEGRADED");
  const submit = sheet.getByRole("button", { name: /^Restore \d+ lever/ });
  await expect(submit).toBeDisabled();
  const why = unique("as before");
  await sheet.getByLabel("Reason").fill(why);
  await submit.click();
  await expect(sheet.getByTestId("restore-progress")).toContainText(`as at r${revision}`);
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  expect(await positionOf(request)).toBe("NORMAL");
  await page.keyboard.press("Escape");
  await expect(changeOf(page, why)).toContainText("part of a group");
});

test("what the interlock refuses is said before, and an admin's override stands in the history", async ({
  page,
  request,
}) => {
  const reason = unique("before the freeze");
  await pull(request, COMMENTS, "DEGRADED", reason);
  const frozen = unique("no changes during the sale");
  const window = {
    id: newId(),
    from: new Date(Date.now() - 60_000).toISOString(),
    to: new Date(Date.now() + 600_000).toISOString(),
    reason: frozen,
  };
  await post(request, "freezes.add", { env: ENVIRONMENT, window });
  try {
    await openChanges(page);
    await changeOf(page, reason).getByRole("button").click();
    const sheet = page.getByRole("dialog");
    await sheet.getByRole("button", { name: "Undo", exact: true }).click();
    await expect(sheet).toContainText("The interlock refuses this");
    await expect(sheet).toContainText(frozen);
    await sheet.getByLabel("Reason").fill(unique("undone in the freeze"));
    await expect(sheet.getByRole("button", { name: "Undo it" })).toBeDisabled();
    const why = unique("users see an empty page");
    await sheet.getByLabel("Override, because").fill(why);
    await sheet.getByRole("button", { name: "Undo it" }).click();
    await expect(sheet.getByTestId("undone")).toContainText("Taken back by r");
    await sheet.getByRole("button", { name: "Open the new change" }).click();
    await expect(page.getByRole("dialog")).toContainText(`The interlock was overridden: ${why}`);
    await page.keyboard.press("Escape");
    await expect(page.locator("[data-change]").first()).toContainText("interlock overridden");
  } finally {
    await post(request, "freezes.lift", { env: ENVIRONMENT, id: window.id });
  }
});

test("a restore whose answers are lost goes on with the same parts, and writes nothing twice", async ({
  page,
  request,
}) => {
  const { revision } = await leverOf(request, COMMENTS);
  await pull(request, COMMENTS, "DEGRADED", unique("lost on the way back"));
  const { version } = await leverOf(request, COMMENTS);
  await openChanges(page, `&restore=r${revision}`);
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("What").selectOption("*");
  await sheet.getByRole("button", { name: "Compare with now" }).click();
  await sheet.getByLabel("Reason").fill(unique("back in spite of it"));
  // It reaches the server; what the server answers does not come back.
  await page.route("**/api/trpc/back.restoreService*", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await sheet.getByRole("button", { name: /^Restore \d+ lever/ }).click();
  await expect(sheet).toContainText("This restore is not complete", { timeout: 15_000 });
  await page.unroute("**/api/trpc/back.restoreService*");
  await page.reload();
  await expect(page.getByRole("dialog")).toContainText("This restore is not complete");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByTestId("restore-progress")).toContainText(`as at r${revision}`);
  const after = await leverOf(request, COMMENTS);
  expect([after.resource.spec.position, after.version]).toEqual(["NORMAL", version + 1]);
});

test("a change opens by its address, and the language is the reader's", async ({ page, request }) => {
  const reason = unique("by address");
  await pull(request, COMMENTS, "DEGRADED", reason);
  await openChanges(page);
  const id = await changeOf(page, reason).getAttribute("data-change");
  await openChanges(page, `&change=${id}`);
  await expect(page.getByRole("dialog")).toContainText(reason);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "简体中文" }).click();
  await expect(page.getByRole("heading", { name: "变更", exact: true })).toBeVisible();
  await page.goto(`/changes?env=${ENVIRONMENT}&change=${id}`);
  await expect(page.getByRole("dialog").getByRole("button", { name: "撤销" })).toBeVisible();
});

import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { bucketBp } from "../../agent/src/rules/index.ts";
import { COMMENTS, expect, openBoard, openSheet, rowOf, test } from "./fixtures.ts";
import { put, shopPart, standing } from "./past-pages.ts";

const NORMAL = {
  position: "NORMAL",
  level: "non-core",
  strategy: "placeholder",
  payload: "Comments are resting.",
};

async function asSeeded(request: APIRequestContext): Promise<void> {
  const { resource } = await standing(request, COMMENTS);
  const plain = resource.rollout === undefined && resource.meta.expiry === undefined;
  if (!plain || JSON.stringify(resource.spec) !== JSON.stringify(NORMAL))
    await put(request, COMMENTS, NORMAL);
}
test.beforeEach(({ request }) => asSeeded(request));
test.afterEach(({ request }) => asSeeded(request));

/** A moment so many seconds ahead as the browser's own field takes it. */
const ahead = (page: Page, seconds: number): Promise<string> =>
  page.evaluate((ms) => {
    const local = Date.now() + ms - new Date().getTimezoneOffset() * 60_000;
    return new Date(local).toISOString().slice(0, 19);
  }, seconds * 1_000);

async function degrade(page: Page): Promise<Locator> {
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  return sheet;
}

test("a pull ends by itself: its end is set in the sheet, counted down on the board, and seen at the shop", async ({
  page,
  request,
}) => {
  const sheet = await degrade(page);
  await sheet.getByRole("radio", { name: "Until …" }).click();
  await sheet.getByLabel("Until (your time zone)").fill(await ahead(page, -60));
  await expect(sheet.getByText("This moment is over: choose a later one.")).toBeVisible();
  await sheet.getByLabel("Reason").fill("only for a moment");
  await expect(sheet.getByRole("button", { name: /^Degrade comments/ })).toBeDisabled();
  await sheet.getByLabel("Until (your time zone)").fill(await ahead(page, 10));
  await expect(sheet.getByText("Then NORMAL comes back by itself.")).toBeVisible();
  await sheet.getByRole("button", { name: /^Degrade comments/ }).click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  await expect.poll(() => shopPart("comments")).toBe("degraded");
  await expect
    .poll(async () => (await standing(request, COMMENTS)).resource.meta.expiry?.restore)
    .toEqual(NORMAL);
  await page.keyboard.press("Escape");
  await expect(rowOf(page, COMMENTS).getByTestId("countdown")).toHaveText("ends in under 1 min");

  await expect.poll(() => shopPart("comments"), { timeout: 20_000 }).toBe("normal");
  await expect(rowOf(page, COMMENTS).getByRole("button")).toHaveAccessibleName(
    "comments: NORMAL, moved by a rule",
  );
  await expect(rowOf(page, COMMENTS).getByTestId("countdown")).toHaveCount(0);
  await expect(rowOf(page, COMMENTS)).toContainText("Ended as planned: only for a moment");
});

test("what is down already is given an end, which is then taken away again", async ({ page, request }) => {
  await put(request, COMMENTS, { ...NORMAL, position: "DEGRADED" });
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "4 h" }).click();
  await expect(sheet.getByTestId("diff-sentence")).toContainText("comments goes back by itself at");
  await sheet.getByLabel("Reason").fill("over the night");
  await sheet.getByRole("button", { name: "Publish comments" }).click();
  await expect
    .poll(async () => (await standing(request, COMMENTS)).resource.meta.expiry?.restore)
    .toEqual(NORMAL);
  await expect(sheet.getByRole("radio", { name: "Until …" })).toBeChecked();
  await sheet.getByRole("radio", { name: "No end" }).click();
  await expect(sheet.getByTestId("diff-sentence")).toHaveText("comments does not go back by itself any more");
  await sheet.getByLabel("Reason").fill("it stays down");
  await sheet.getByRole("button", { name: "Publish comments" }).click();
  await expect.poll(async () => (await standing(request, COMMENTS)).resource.meta.expiry).toBeUndefined();
  await expect
    .poll(async () => (await standing(request, COMMENTS)).resource.spec["position"])
    .toBe("DEGRADED");
});

test("a pull is left to its time, waits under Changes, and happens by itself", async ({ page, request }) => {
  const sheet = await degrade(page);
  await sheet.getByText("When: at once").click();
  await sheet.getByLabel("At this time (your time zone)").fill(await ahead(page, 9));
  await sheet.getByLabel("Reason").fill("when the sale begins");
  await sheet.getByRole("button", { name: "Schedule comments" }).click();
  await expect(sheet.getByText("It happens at")).toBeVisible();
  await expect.poll(async () => (await standing(request, COMMENTS)).resource.spec["position"]).toBe("NORMAL");
  await sheet.getByRole("link", { name: "See what waits under Changes, or withdraw it" }).click();
  await expect(page.getByTestId("upcoming")).toContainText("when the sale begins");
  await expect.poll(() => shopPart("comments"), { timeout: 20_000 }).toBe("degraded");
});

test("an audience is written with its errors at their fields, tried on the draft, and holds at the shop", async ({
  page,
}) => {
  const sheet = await degrade(page);
  await sheet.getByText("For: Everybody").click();
  await sheet.getByRole("button", { name: "Add a constraint" }).click();
  const first = sheet.getByRole("group", { name: "Constraint 1" });
  await first.getByLabel("Field of the request").fill("user tier");
  await expect(
    first.getByText("A letter first, then letters, digits, dots, dashes; at most 63."),
  ).toBeVisible();
  await first.getByLabel("Field of the request").fill("tier");
  await first.getByLabel("Is", { exact: true }).selectOption({ label: "matches" });
  await first.getByLabel("Values, one a line").fill("(");
  await expect(first.getByText("This is not a pattern of RE2.")).toBeVisible();
  await sheet.getByLabel("Reason").fill("gold users first");
  const publish = sheet.getByRole("button", { name: /^Degrade comments/ });
  await expect(publish).toBeDisabled();
  await first.getByLabel("Is", { exact: true }).selectOption({ label: "is one of" });
  await first.getByLabel("Values, one a line").fill("gold");
  await expect(publish).toBeEnabled();

  const answer = sheet.getByTestId("try-answer");
  await sheet.getByLabel("A user with").fill("tier=gold");
  await expect(answer).toContainText("A user with tier=gold gets: DEGRADED");
  await expect(answer).toContainText("Comments are resting.");
  await sheet.getByLabel("A user with").fill("tier=standard");
  await expect(answer).toContainText("A user with tier=standard gets: NORMAL");
  await expect(sheet.getByText("tier is one of gold").first()).toBeVisible();
  await publish.click();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  // One user in five is a gold one, by number.
  await expect.poll(() => shopPart("comments", "u5")).toBe("degraded");
  expect(await shopPart("comments", "u6")).toBe("normal");
});

test("a share of users is degraded as a rollout, and exactly those who were told get it", async ({
  page,
  request,
}) => {
  const sheet = await degrade(page);
  await sheet.getByText("For: Everybody").click();
  await sheet.getByRole("radio", { name: "Some users" }).click();
  await sheet.getByRole("button", { name: "30 %", exact: true }).click();
  const users = Array.from({ length: 24 }, (_, index) => `u${index + 1}`);
  await sheet.getByLabel("Try values of userId").fill(users.join(" "));
  await expect(sheet.getByTestId("diff-sentence")).toContainText("30 % by userId");
  await expect(sheet.getByRole("radiogroup", { name: "How long it holds" })).toHaveCount(0);
  await sheet.getByLabel("Reason").fill("some of them first");
  const told = await sheet.getByTestId("members").innerText();
  await sheet.getByRole("button", { name: "Degrade comments for 30 %" }).click();
  await expect(sheet.getByText("Your change, r")).toBeVisible();
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");

  const { resource } = await standing(request, COMMENTS);
  expect(resource.spec["position"]).toBe("NORMAL");
  expect(resource.rollout).toMatchObject({ shareBp: 3_000, stickiness: { contextKey: "userId" } });
  const inside = users.filter((user) => bucketBp(resource.rollout?.salt ?? "", user) < 3_000);
  expect(told).toContain(`${inside.length} of 24 in`);
  for (const user of users) {
    await expect
      .poll(() => shopPart("comments", user), { message: user })
      .toBe(inside.includes(user) ? "degraded" : "normal");
  }
  await sheet.getByText(/^For: 30 % in a rollout/).click();
  await sheet.getByRole("link", { name: "Step the rollout" }).click();
  await expect(page.getByRole("slider", { name: "Share" })).toHaveAttribute("aria-valuetext", "30 %");
});

test("a payload is shown as users get it, and a fault in it with its place", async ({ page }) => {
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByText("While DEGRADED, users get").click();
  await expect(sheet.getByTestId("served")).toContainText(
    "Users see that this part rests for the moment, with:",
  );
  await sheet.getByLabel("strategy").selectOption("static");
  await expect(sheet.getByTestId("served")).toContainText(
    "Users get exactly this in place of the real answer:",
  );
  await sheet.getByLabel("payload").fill('{\n  "text": "Back soon",\n  "until": }');
  await expect(sheet.getByText(/^Line 3, column 12: /)).toBeVisible();
  await sheet.getByLabel("payload").fill('{"text":"Back soon"}');
  await expect(sheet.getByTestId("served").locator("pre")).toHaveText('{\n  "text": "Back soon"\n}');
  await sheet.getByLabel("strategy").selectOption("placeholder");
  await sheet.getByLabel("payload").fill('"Comments are resting."');
});

test("the sheet speaks the reader's language", async ({ page }) => {
  await openBoard(page);
  await page.getByRole("button", { name: "简体中文" }).click();
  await rowOf(page, COMMENTS).getByRole("button").first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("radio", { name: "降级" }).click();
  await sheet.getByText("对象：").click();
  await sheet.getByRole("button", { name: "添加约束" }).click();
  await sheet.getByRole("group", { name: "约束 1" }).getByLabel("请求字段").fill("country");
  await sheet.getByRole("group", { name: "约束 1" }).getByLabel("值，每行一个").fill("DE");
  await sheet.getByLabel("用户具有").fill("country=DE");
  await expect(sheet.getByTestId("try-answer")).toContainText("具有 country=DE 的用户得到：降级");
  await page.reload();
  const again = page.getByRole("dialog");
  await expect(again.getByRole("group", { name: "约束 1" }).getByLabel("请求字段")).toHaveValue("country");
  await again.getByRole("radio", { name: "正常" }).click();
  await again.getByRole("button", { name: "移除约束 1" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "English" }).click();
});

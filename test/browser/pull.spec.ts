import {
  CHECKOUT,
  COMMENTS,
  expect,
  leverOf,
  openBoard,
  openSheet,
  publishing,
  pull,
  rowOf,
  shopUrl,
  test,
} from "./fixtures.ts";

const commentsAtTheShop = async (): Promise<string> => {
  const html = await (await fetch(`${shopUrl()}/?user=u7`)).text();
  return /<section id="comments" data-state="(\w+)">/.exec(html)?.[1] ?? "not there";
};

test.beforeEach(async ({ request }) => {
  await pull(request, COMMENTS, "NORMAL");
  await pull(request, CHECKOUT, "NORMAL");
});
test.afterEach(async ({ request }) => {
  await pull(request, COMMENTS, "NORMAL");
  await pull(request, CHECKOUT, "NORMAL");
});

test("a pull changes the shop's own page, and its bar reaches every instance", async ({ page, request }) => {
  await expect.poll(commentsAtTheShop).toBe("normal");
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("comment p99 above 2 s");
  await expect(sheet.getByTestId("diff-sentence")).toContainText("comments: NORMAL → DEGRADED, 20 instances");
  await sheet.getByRole("button", { name: "Degrade comments on 20 instances" }).click();

  const bar = sheet.getByTestId("receipt-bar");
  await expect(bar).toHaveAttribute("data-targets", "20");
  await expect(bar).toHaveAttribute("data-applied", "20");
  await expect(bar.locator("[data-state=applied]")).toHaveCount(20);
  await expect(bar.getByTestId("receipt-words")).toHaveText(/^20\/20 · p50 \d+ ms · p99 \d+ ms$/);
  await expect.poll(commentsAtTheShop).toBe("degraded");
  expect((await leverOf(request, COMMENTS)).resource.spec.position).toBe("DEGRADED");

  await expect(sheet).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("verdict")).toContainText("1 is degraded");
  await expect(rowOf(page, COMMENTS).getByRole("button")).toHaveAccessibleName("comments: DEGRADED");
  await expect(rowOf(page, COMMENTS)).toContainText("comment p99 above 2 s");
});

test("nothing can be published without a reason, and typed text outlives a reload", async ({ page }) => {
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await expect(sheet.getByRole("button", { name: /^Degrade comments/ })).toBeDisabled();
  await expect(sheet.getByText("Give a reason.")).toBeVisible();
  await sheet.getByLabel("Reason").fill("half a sentence");
  await page.reload();
  const again = page.getByRole("dialog");
  await expect(again.getByLabel("Reason")).toHaveValue("half a sentence");
  await expect(again.getByRole("radio", { name: "DEGRADED" })).toBeChecked();
  await again.getByRole("radio", { name: "NORMAL" }).click();
  await again.getByLabel("Reason").fill("");
});

test("a core lever in production moves only once its name is typed", async ({ page, request }) => {
  await openBoard(page);
  const sheet = await openSheet(page, CHECKOUT);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("stocktaking");
  const publish = sheet.getByRole("button", { name: "Degrade checkout on 3 instances" });
  await expect(publish).toBeDisabled();
  await sheet.getByLabel(/Type its name/).fill("checkot");
  await expect(publish).toBeDisabled();
  await sheet.getByLabel(/Type its name/).fill("checkout");
  await publishing(sheet.getByTestId("receipt-bar"), () => publish.click());
  await expect(sheet.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "3");
  expect((await leverOf(request, CHECKOUT)).resource.spec.position).toBe("DEGRADED");
});

test("a new switch starts NORMAL, and says that no code reads it", async ({ page, request }) => {
  const name = `test-${Date.now().toString(36)}`;
  await openBoard(page);
  await page.getByRole("button", { name: "New switch" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill(name);
  await sheet.getByLabel("Service").selectOption("order");
  await sheet.getByLabel("Reason").fill("made by a test");
  await sheet.getByRole("button", { name: "Create switch" }).click();
  await expect(page.getByRole("dialog").getByText(`No running code reads ${name}`)).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`lever=order/switch/${name}`));
  const made = await leverOf(request, { service: "order", kind: "switch", name });
  expect(made.resource.spec.position).toBe("NORMAL");
});

test("a lost answer is asked for again with the same id, and the change is made once", async ({
  page,
  request,
}) => {
  const before = await leverOf(request, COMMENTS);
  const ids: string[] = [];
  await page.route("**/api/trpc/publish.commit**", async (route) => {
    ids.push(/"id":"(\w+)"/.exec(route.request().postData() ?? "")?.[1] ?? "no id");
    const answer = await route.fetch();
    // The control plane committed it; the answer never comes back.
    if (ids.length === 1) await route.abort("connectionreset");
    else await route.fulfill({ response: answer });
  });
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("over a bad line");
  await sheet.getByRole("button", { name: /^Degrade comments/ }).click();
  await expect(sheet.getByText("Your change, r")).toBeVisible();
  await expect.poll(() => ids.length).toBe(2);
  expect(ids[1]).toBe(ids[0]);
  const after = await leverOf(request, COMMENTS);
  expect(after.version).toBe(before.version + 1);
});

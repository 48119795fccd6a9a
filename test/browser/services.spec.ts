import type { APIRequestContext, Page } from "@playwright/test";
import { commit, consoleUrl, ENVIRONMENT, expect, shopUrl, test } from "./fixtures.ts";

const TRAFFIC = { service: "order", kind: "traffic", name: "default" } as const;

/** Who takes orders, as the shop's own pages say. */
async function takers(orders: number): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let order = 0; order < orders; order += 1) {
    const response = await fetch(`${shopUrl()}/buy?product=lamp&user=u-${order + 1}`, {
      method: "POST",
      signal: AbortSignal.timeout(10_000),
    });
    names.add(/id="taken-by">Taken by ([\w-]+)\./.exec(await response.text())?.[1] ?? "nobody");
  }
  return names;
}

async function takeTrafficAway(request: APIRequestContext): Promise<void> {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...TRAFFIC } });
  const response = await request.get(
    `${consoleUrl()}/api/trpc/levers.board?input=${encodeURIComponent(input)}`,
  );
  const { result } = (await response.json()) as {
    result: { data: { json: { levers: { revision: number }[] } } };
  };
  const [lever] = result.data.json.levers;
  if (lever === undefined) return;
  await commit(request, "cleaned up by a test", [{ ...TRAFFIC, op: "delete", baseRevision: lever.revision }]);
}

test.beforeEach(({ request }) => takeTrafficAway(request));
test.afterEach(({ request }) => takeTrafficAway(request));

async function openInstance(page: Page, instance: string): Promise<void> {
  await page.goto("/switches?env=prod");
  await page.getByRole("link", { name: "Services" }).click();
  await page.getByRole("button", { name: "order", exact: true }).click();
  await page.getByRole("button", { name: instance }).click();
  await page.getByRole("button", { name: "Drain, isolate, weigh …" }).click();
}

test("a drained instance takes no order, says so itself, and takes them again", async ({ page }) => {
  test.setTimeout(60_000);
  expect(await takers(9)).toEqual(new Set(["order-1", "order-2", "order-3"]));
  await openInstance(page, "order-1");
  const sheet = page.getByRole("dialog");
  await sheet.getByText("Drained", { exact: true }).click();
  await expect(sheet.getByTestId("diff-sentence")).toHaveText("order-1 is drained");
  await sheet.getByLabel("Reason").fill("its disk is full");
  await sheet.getByRole("button", { name: "Drain order-1" }).click();
  await expect(sheet.getByTestId("receipt-words")).toHaveText(/^3\/3/);
  await page.keyboard.press("Escape");
  const row = page.locator('[data-instance="order-1"]');
  await expect(row).toContainText("drained");
  await expect(row).not.toContainText("callers not told yet");
  await expect.poll(() => takers(6)).toEqual(new Set(["order-2", "order-3"]));

  await page.getByRole("button", { name: "Drain, isolate, weigh …" }).click();
  await sheet.getByText("Taken", { exact: true }).click();
  await sheet.getByLabel("Reason").fill("the disk was cleaned");
  await sheet.getByRole("button", { name: "Publish" }).click();
  await expect(sheet.getByTestId("receipt-words")).toHaveText(/^3\/3/);
  await expect.poll(() => takers(9)).toEqual(new Set(["order-1", "order-2", "order-3"]));
});

test("the last instance that takes calls is not taken away without an admin's word", async ({
  page,
  request,
}) => {
  await commit(request, "prepared by a test", [
    {
      ...TRAFFIC,
      op: "put",
      spec: { balancer: "ROUND_ROBIN", isolate: ["order-2", "order-3"] },
      baseRevision: 0,
    },
  ]);
  await openInstance(page, "order-1");
  const sheet = page.getByRole("dialog");
  await sheet.getByText("Isolated", { exact: true }).click();
  await sheet.getByLabel("Reason").fill("a slip of the hand");
  await expect(sheet.getByText(/would take all traffic from all 3 healthy instances of order/)).toBeVisible();
  await expect(sheet.getByRole("button", { name: "Isolate order-1" })).toBeDisabled();
  expect(await takers(4)).toEqual(new Set(["order-1"]));
});

test("a service shows the levers that it obeys, who reads them, and what was changed", async ({ page }) => {
  await page.goto("/services?env=prod&service=gateway");
  await page.getByText("Levers", { exact: true }).click();
  const comments = page.locator('[data-lever="*/switch/comments"]');
  await expect(comments).toContainText("every service");
  await expect(comments).toContainText("read by 3 of 3");
  await page.getByRole("searchbox").fill("config banner");
  await expect(page.locator("[data-lever]")).toHaveCount(1);
  await page.getByText("Changes", { exact: true }).last().click();
  await page.locator("[data-change]").first().getByRole("button").click();
  await page.waitForURL("**/changes?**change=**");
  await expect(page.getByRole("dialog")).toBeVisible();
});

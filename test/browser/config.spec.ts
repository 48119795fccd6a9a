import type { APIRequestContext, Page } from "@playwright/test";
import { ulid } from "ulid";
import { consoleUrl, ENVIRONMENT, expect, shopUrl, test } from "./fixtures.ts";

interface Stored {
  readonly revision: number;
  readonly version: number;
  readonly resource: { readonly spec: { readonly format: string; readonly value?: string } };
}

const BANNER = { service: "gateway", name: "banner" } as const;
const FREE = JSON.stringify({ text: "Free delivery to every station" });

/** A config as the control plane has it, asked past every page; undefined where there is none. */
async function stored(
  request: APIRequestContext,
  ref: { service: string; name: string },
): Promise<Stored | undefined> {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, kind: "config", ...ref } });
  const response = await request.get(`/api/trpc/levers.board?input=${encodeURIComponent(input)}`);
  expect(response.ok(), await response.text()).toBe(true);
  const answer = (await response.json()) as { result: { data: { json: { levers: readonly Stored[] } } } };
  return answer.result.data.json.levers[0];
}

/** Publishes a config past every page: how a test prepares, and cleans up. */
async function put(
  request: APIRequestContext,
  ref: { service: string; name: string },
  spec: { format: string; value: string },
  { reason = "prepared by a test", secret = false } = {},
): Promise<void> {
  const edit = {
    ...ref,
    kind: "config",
    op: "put",
    spec,
    ...(secret ? { secret: true } : {}),
    baseRevision: (await stored(request, ref))?.revision ?? 0,
  };
  const response = await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, id: ulid(), reason, edits: [edit] } },
  });
  expect(response.ok(), await response.text()).toBe(true);
}

async function openConfig(page: Page, ref: { service: string; name: string }, query = ""): Promise<void> {
  await page.goto(`/config?env=${ENVIRONMENT}&service=${ref.service}&name=${ref.name}${query}`);
  await expect(page.getByTestId("link-state")).toHaveText("Live");
}

const editorOf = (page: Page) => page.locator(".cm-content[contenteditable=true]");

async function write(page: Page, text: string): Promise<void> {
  await editorOf(page).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
}

const atTheShop = async (): Promise<string> => (await fetch(`${shopUrl()}/?user=u7`)).text();

test.beforeEach(async ({ request }) => {
  if ((await stored(request, BANNER))?.resource.spec.value === FREE) return;
  await put(request, BANNER, { format: "json", value: FREE });
});

test("a broken text shows its place and can't be published; mended it reaches the shop, and comes back by its revision", async ({
  page,
  request,
}) => {
  const before = await stored(request, BANNER);
  await openConfig(page, BANNER);
  const review = page.getByRole("button", { name: "Review and publish" });
  await expect(review).toBeDisabled();
  await write(page, '{\n  "text": "Half price"\n  "more": 1\n}');
  await expect(page.getByText("Line 3, column 3")).toBeVisible();
  await expect(page.getByTestId("config-fault")).toContainText("Expected ',' or '}'");
  await expect(review).toBeDisabled();
  await expect(page.getByText("Mend the text first: it is not valid.")).toBeVisible();

  await write(page, '{"text": "Half price until Sunday"}');
  await expect(page.getByTestId("config-fault")).toHaveCount(0);
  await review.click();
  await expect(page.getByTestId("review-sentence")).toContainText("banner changes on 3 instances.");
  await expect(page.getByTestId("text-diff")).toContainText("Free delivery");
  await expect(page.getByTestId("text-diff")).toContainText("Half price until Sunday");
  const publish = page.getByRole("button", { name: "Publish banner" });
  await expect(publish).toBeDisabled();
  await page.getByLabel("Reason").fill("autumn sale");
  await publish.click();
  const bar = page.getByTestId("receipt-bar");
  await expect(page.getByText("Your change, r")).toBeVisible();
  await expect(bar).toHaveAttribute("data-targets", "3");
  await expect(bar).toHaveAttribute("data-applied", "3");
  await expect.poll(atTheShop).toContain("Half price until Sunday");
  const published = await stored(request, BANNER);
  expect(published?.version).toBe((before?.version ?? 0) + 1);

  await page.getByText("History", { exact: true }).click();
  await page.locator(`[data-version="${before?.version}"]`).click();
  await page.getByRole("button", { name: `Roll back to r${before?.revision}` }).click();
  await expect(page.getByTestId("rollback-sentence")).toContainText("again on 3 instances.");
  expect((await stored(request, BANNER))?.revision).toBe(published?.revision);
  await page.getByLabel("Reason").fill("the sale is over");
  await page.getByRole("button", { name: `Roll back to r${before?.revision}` }).click();
  await expect(page.getByTestId("config-version")).toContainText(`v${(published?.version ?? 0) + 1}`);
  await expect(bar).toHaveAttribute("data-applied", "3");
  await expect.poll(atTheShop).toContain("Free delivery to every station");
  expect((await stored(request, BANNER))?.resource.spec.value).toBe(FREE);
});

test("a draft outlives a reload, and what somebody else published meanwhile is merged before it goes out", async ({
  page,
  request,
}) => {
  const ref = { service: "order", name: `limits-${Date.now().toString(36)}` };
  const lines = Array.from({ length: 12 }, (_, index) => `limit${index}: ${index}`);
  const text = (of: readonly string[]) => `${of.join("\n")}\n`;
  await put(request, ref, { format: "yaml", value: text(lines) });
  await openConfig(page, ref);
  await write(page, text([...lines, "mine: 1"]));
  await expect(page.getByText("The draft is kept until it is published.")).toBeVisible();
  await page.reload();
  await expect(editorOf(page)).toContainText("mine: 1");

  const theirs = text(lines.map((line) => (line === "limit2: 2" ? "limit2: 99" : line)));
  await put(request, ref, { format: "yaml", value: theirs }, { reason: "theirs came first" });
  const conflict = page.getByTestId("conflict");
  await expect(conflict).toContainText("theirs came first");
  await expect(conflict.getByTestId("text-diff").first()).toContainText("limit2: 99");
  await expect(conflict.getByTestId("text-diff").last()).toContainText("mine: 1");
  await conflict.getByRole("button", { name: "Merge both and review" }).click();
  expect((await stored(request, ref))?.resource.spec.value).toBe(theirs);

  await page.getByRole("button", { name: "Review and publish" }).click();
  await page.getByLabel("Reason").fill("mine, over theirs");
  await page.getByRole("button", { name: `Publish ${ref.name}` }).click();
  await expect(page.getByText("Your change, r")).toBeVisible();
  expect((await stored(request, ref))?.resource.spec.value).toBe(
    text([...lines.map((line) => (line === "limit2: 2" ? "limit2: 99" : line)), "mine: 1"]),
  );
});

test("a secret stays masked until an admin reveals it, and is replaced without being shown", async ({
  page,
  request,
}) => {
  const ref = { service: "payment", name: `token-${Date.now().toString(36)}` };
  await put(request, ref, { format: "text", value: "hush-one" }, { secret: true });
  await openConfig(page, ref);
  await expect(page.getByTestId("secret-mask")).toBeVisible();
  expect(await page.content()).not.toContain("hush-one");
  await expect(page.getByText("Revealing is written into the audit log")).toBeVisible();
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(page.getByTestId("secret-value")).toHaveText("hush-one");
  await page.getByRole("button", { name: "Hide" }).click();
  await expect(page.getByTestId("secret-value")).toBeHidden();
  expect(await page.content()).not.toContain("hush-one");

  await write(page, "hush-two");
  await page.getByRole("button", { name: "Review and publish" }).click();
  await page.getByLabel("Reason").fill("rotated");
  expect(await page.content()).not.toContain("hush-two");
  await page.getByRole("button", { name: `Publish ${ref.name}` }).click();
  await expect(page.getByTestId("config-version")).toContainText("v2");
  expect(JSON.stringify(await stored(request, ref))).not.toContain("hush");
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("hush");
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(page.getByTestId("secret-value")).toHaveText("hush-two");
});

test("a config is made, found by its value, copied to another environment, and deleted once its name is typed", async ({
  page,
  request,
}) => {
  const name = `made-${Date.now().toString(36)}`;
  const ref = { service: "order", name };
  await page.goto(`/config?env=${ENVIRONMENT}`);
  await page.getByRole("button", { name: "New config" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill(name);
  await sheet.getByLabel("Service", { exact: true }).selectOption("order");
  await sheet.getByLabel("Format", { exact: true }).selectOption("properties");
  await write(page, `needle.${name}=1\n`);
  await sheet.getByLabel("Reason").fill("made by a test");
  await sheet.getByRole("button", { name: "Create config" }).click();
  await expect(page).toHaveURL(new RegExp(`service=order&name=${name}`));
  await expect(page.getByTestId("config-version")).toContainText("v1");
  expect((await stored(request, ref))?.resource.spec).toEqual({
    format: "properties",
    value: `needle.${name}=1\n`,
  });

  await page.getByRole("button", { name: "All configs" }).click();
  await page.getByRole("searchbox").fill(`needle.${name}`);
  await expect(page).toHaveURL(new RegExp(`q=needle.${name}`));
  await expect(page.locator("[data-config]")).toHaveCount(1);
  await page.reload();
  await expect(page.locator("[data-config]")).toHaveCount(1);
  await page.locator("[data-config] button").click();

  await page.getByRole("button", { name: "Copy to …" }).click();
  await sheet.getByLabel("To", { exact: true }).selectOption("dev");
  await expect(sheet.getByText("dev has no such config yet: it is made.")).toBeVisible();
  await sheet.getByLabel("Reason").fill("the same in dev");
  await sheet.getByRole("button", { name: "Publish in dev" }).click();
  await expect(page).toHaveURL(/env=dev/);
  await expect(editorOf(page)).toContainText(`needle.${name}=1`);

  await openConfig(page, ref, "&delete=1");
  await sheet.getByLabel("Reason").fill("not needed");
  const remove = sheet.getByRole("button", { name: `Delete ${name}` });
  await expect(remove).toBeDisabled();
  await sheet.getByLabel(/Type its name/).fill(name);
  await remove.click();
  await expect(page.getByText(`${name} does not exist here`)).toBeVisible();
  await expect(page.getByTestId("receipt-bar")).toHaveAttribute("data-applied", "3");
  expect(await stored(request, ref)).toBeUndefined();
});

test("what the interlock refuses is said before it is sent, and goes out only with an admin's reason", async ({
  page,
  request,
}) => {
  const ref = { service: "product", name: `frozen-${Date.now().toString(36)}` };
  await put(request, ref, { format: "text", value: "before" });
  const id = ulid();
  const call = (name: string, json: object) =>
    request.post(`/api/trpc/${name}`, { headers: { origin: consoleUrl() }, data: { json } });
  const hour = 3_600_000;
  const window = {
    id,
    from: new Date(Date.now() - hour).toISOString(),
    to: new Date(Date.now() + hour).toISOString(),
    services: ["product"],
    reason: "stocktaking",
  };
  const frozen = await call("freezes.add", { env: ENVIRONMENT, window });
  expect(frozen.ok(), await frozen.text()).toBe(true);
  try {
    await openConfig(page, ref);
    await write(page, "after");
    await page.getByRole("button", { name: "Review and publish" }).click();
    await expect(page.getByText("The interlock refuses this")).toBeVisible();
    await expect(page.getByRole("main").getByRole("alert")).toContainText("stocktaking");
    await page.getByLabel("Reason").fill("a wrong price");
    const publish = page.getByRole("button", { name: `Publish ${ref.name}` });
    await expect(publish).toBeDisabled();
    await page.getByLabel("Why it may be broken all the same").fill("agreed with the shop");
    await publish.click();
    await expect(page.getByText("Your change, r")).toBeVisible();
    expect((await stored(request, ref))?.resource.spec.value).toBe("after");
  } finally {
    expect((await call("freezes.lift", { env: ENVIRONMENT, id })).ok()).toBe(true);
  }
});

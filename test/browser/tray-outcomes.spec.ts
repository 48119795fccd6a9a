import type { Page } from "@playwright/test";
import { COMMENTS, ENVIRONMENT, expect, openBoard, rowOf, test } from "./fixtures.ts";
import { put, shopPart, standing } from "./past-pages.ts";
import { ask } from "./people.ts";

const PRODUCT_PAGE = { service: "gateway", kind: "switch", name: "product-page" } as const;
const RECOMMENDATIONS = { service: "*", kind: "switch", name: "recommendations" } as const;
const SEEDED = [
  [PRODUCT_PAGE, { position: "NORMAL", level: "secondary", strategy: "simplified" }],
  [
    COMMENTS,
    { position: "NORMAL", level: "non-core", strategy: "placeholder", payload: "Comments are resting." },
  ],
  [
    RECOMMENDATIONS,
    { position: "NORMAL", level: "non-core", strategy: "static", payload: ["Signal lamp", "Brass whistle"] },
  ],
] as const;

test.afterEach(async ({ request }) => {
  await ask(request, "approvals.setRule", { env: ENVIRONMENT, approvals: "none" });
  for (const [ref, spec] of SEEDED) {
    const { resource } = await standing(request, ref);
    if (JSON.stringify(resource.spec) !== JSON.stringify(spec)) await put(request, ref, spec, "cleaned up");
  }
});

const unique = (text: string) => `${text} ${Math.random().toString(36).slice(2, 8)}`;
const tray = (page: Page) => page.getByRole("dialog", { name: "Tray" });

test("where one revision goes through and the next is overtaken, each is told as it is", async ({
  page,
  request,
}) => {
  await openBoard(page);
  for (const ref of [COMMENTS, RECOMMENDATIONS, PRODUCT_PAGE])
    await rowOf(page, ref).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Degrade 3" }).click();
  await tray(page).getByLabel("Reason").fill(unique("half of it"));
  let sent = 0;
  await page.route("**/api/trpc/publish.commit**", async (route) => {
    sent += 1;
    // Between the two somebody else moves the lever of the second.
    if (sent === 2) await put(request, PRODUCT_PAGE, { ...SEEDED[0][1], strategy: "custom" }, "overtaken");
    await route.continue();
  });
  await tray(page).getByRole("button", { name: "Publish 3 edits as 2 revisions" }).click();
  await expect(tray(page).getByText("2 edits went through, 1 did not")).toBeVisible();
  await expect(tray(page).locator("[data-part=published]")).toHaveCount(1);
  await expect(tray(page).getByTestId("receipt-bar")).toHaveAttribute("data-applied", "20");
  expect([await shopPart("comments"), await shopPart("goods")]).toEqual(["degraded", "normal"]);
  await expect(page.getByTestId("tray-mark")).toHaveText("Tray 1");

  const conflict = tray(page).getByTestId("tray-conflict");
  await expect(conflict).toContainText("overtaken");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await tray(page).getByRole("button", { name: "Publish 1 edit as one revision" }).click();
  await expect.poll(() => shopPart("goods")).toBe("degraded");
  await expect
    .poll(async () => (await standing(request, PRODUCT_PAGE)).resource.spec)
    .toMatchObject({
      position: "DEGRADED",
      strategy: "custom",
    });
  await put(request, PRODUCT_PAGE, SEEDED[0][1], "cleaned up");
});

test("where two persons are asked for, the tray says that it waits, and where", async ({ page, request }) => {
  const ruled = await ask(request, "approvals.setRule", { env: ENVIRONMENT, approvals: "four-eyes" });
  expect(ruled.status).toBe(200);
  await openBoard(page);
  await rowOf(page, COMMENTS).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Degrade 1" }).click();
  const reason = unique("for a second person");
  await tray(page).getByLabel("Reason").fill(reason);
  await tray(page).getByRole("button", { name: "Publish 1 edit as one revision" }).click();
  await expect(tray(page).getByText("1 edit waits for a second person")).toBeVisible();
  await expect.poll(async () => (await standing(request, COMMENTS)).resource.spec["position"]).toBe("NORMAL");
  await tray(page).getByRole("link", { name: "See it under Admin, Approvals" }).click();
  const waits = page.getByRole("dialog");
  await expect(waits).toContainText(reason);
  await waits.getByRole("button", { name: "Withdraw …" }).click();
  await waits.getByLabel("Why not").fill("only tried");
  await waits.getByRole("button", { name: "Withdraw it" }).click();
  await expect(page.getByTestId("verdict")).toHaveText("Nothing waits for a second person");
});

test("a secret is reviewed by its fingerprint, which its history then shows, and is never kept", async ({
  page,
  request,
}) => {
  const name = `key-${Date.now().toString(36)}`;
  const hush = unique("hush");
  const compose = async () => {
    await page.goto(`/config?env=${ENVIRONMENT}&new=1`);
    const sheet = page.getByRole("dialog");
    await sheet.getByLabel("Name").fill(name);
    await sheet.getByLabel("Service", { exact: true }).selectOption("gateway");
    await sheet.getByRole("checkbox", { name: /Secret/ }).check();
    await sheet.getByLabel("Format").selectOption("text");
    await sheet.locator(".cm-content[contenteditable=true]").click();
    await page.keyboard.insertText(hush);
    await sheet.getByRole("button", { name: /^(Add to|Replace in) the tray$/ }).click();
    await page.getByTestId("tray-mark").click();
  };
  await compose();
  const line = page.locator(`[data-tray-edit="gateway/config/${name}"]`);
  await expect(line).toContainText("sealed, fingerprint");
  expect(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).not.toContain(hush);
  expect(await tray(page).innerText()).not.toContain(hush);
  await page.reload();
  await expect(line).toContainText(`The new value of config ${name} is not here any more`);
  await expect(tray(page).getByText("Type the secret again, or discard it.")).toBeVisible();

  await compose();
  const [shown] = /fingerprint \S{8}/.exec(await line.innerText()) ?? ["none"];
  await tray(page).getByLabel("Reason").fill(unique("a new key"));
  await tray(page).getByRole("button", { name: "Publish 1 edit as one revision" }).click();
  await expect(tray(page).getByTestId("tray-result")).toContainText("1 edit published as r");
  await tray(page).getByRole("link", { name: "Open the change, with its undo" }).click();
  await expect(page.getByRole("dialog")).toContainText(shown);
  const made = await standing(request, { service: "gateway", kind: "config", name });
  expect(JSON.stringify(made)).not.toContain(hush);
});

test("an admin breaks the interlock with a reason, only for a moment, and what was collected can be dropped", async ({
  page,
  request,
}) => {
  await openBoard(page);
  await rowOf(page, PRODUCT_PAGE).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Degrade 1" }).click();
  await tray(page).getByLabel("Reason").fill(unique("stories are too slow"));
  const publish = tray(page).getByRole("button", { name: "Publish 1 edit as one revision" });
  await expect(tray(page).getByText("Say why the interlock may be broken.")).toBeVisible();
  await expect(publish).toBeDisabled();
  const why = unique("comments are needed tonight");
  await tray(page).getByLabel("Why it may be broken all the same").fill(why);
  await tray(page).getByText("At another time, or only for a while").click();
  await tray(page).getByRole("radio", { name: "Until …" }).click();
  const end = await page.evaluate(() => {
    const local = Date.now() + 12_000 - new Date().getTimezoneOffset() * 60_000;
    return new Date(local).toISOString().slice(0, 19);
  });
  await tray(page).getByLabel("Until (your time zone)").fill(end);
  await publish.click();
  await expect(tray(page).getByTestId("tray-result")).toContainText("1 edit published as r");
  await expect.poll(() => shopPart("goods")).toBe("degraded");
  await tray(page).getByRole("link", { name: "Open the change, with its undo" }).click();
  await expect(page.getByRole("dialog")).toContainText(`The interlock was overridden: ${why}`);
  await expect.poll(() => shopPart("goods"), { timeout: 20_000 }).toBe("normal");
  await expect.poll(async () => (await standing(request, PRODUCT_PAGE)).resource.spec).toEqual(SEEDED[0][1]);

  await openBoard(page);
  await rowOf(page, COMMENTS).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Degrade 1" }).click();
  await tray(page).getByRole("button", { name: "Discard all" }).click();
  await tray(page).getByRole("button", { name: "Yes, discard 1 edit" }).click();
  await expect(tray(page).getByText("The tray is empty")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("tray-mark")).toHaveCount(0);
  expect(await shopPart("comments")).toBe("normal");
});

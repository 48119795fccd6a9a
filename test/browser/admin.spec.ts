import { consoleUrl, expect, test } from "./fixtures.ts";
import { accept, ask, give, invite, strangersPage, unique } from "./people.ts";

test("whoever is invited sets a password, signs in, and sees why they may not do more", async ({
  page,
  browser,
}) => {
  test.setTimeout(60_000);
  const name = `ann-${unique()}`;
  const link = await invite(page, name);
  await give(page, "viewer", "dev", "pay-*");
  await expect(page.getByRole("dialog").getByTestId("scope-sentence")).toHaveText(
    "Sees services whose names begin with pay- in dev, and changes nothing.",
  );

  const theirs = await strangersPage(browser);
  await accept(theirs, link);
  await theirs.goto("/admin?env=dev&tab=people");
  await expect(theirs.getByRole("button", { name: "Invite somebody" })).toBeDisabled();
  await expect(theirs.getByText("Only admins of every environment and service invite people.")).toBeVisible();
  await theirs.goto("/admin?env=dev&tab=environments");
  await expect(theirs.getByRole("button", { name: "Create the environment" })).toBeDisabled();
  await expect(theirs.getByRole("region", { name: "dev", exact: true })).toContainText(
    "Only admins of all services in dev freeze it.",
  );
  await expect(theirs.getByRole("region", { name: "prod", exact: true })).toHaveCount(0);
  await theirs.goto("/admin?env=dev&tab=audit");
  await expect(theirs.getByText(/Only admins .* read the audit log/)).toBeVisible();
  await theirs.goto("/admin?env=dev");
  await expect(theirs.getByRole("radio", { name: "Four eyes" })).toBeDisabled();

  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name: "Disable", exact: true }).click();
  await expect(sheet.getByRole("button", { name: "Enable again" })).toBeVisible();
  // The page that they left open finds it out by itself.
  await theirs.waitForURL("**/login?**", { timeout: 15_000 });
  await theirs.context().close();

  await page.goto(`/admin?env=prod&tab=audit&action=people.disable`);
  await page.getByRole("button", { name: "people.disable" }).first().click();
  await expect(page.getByRole("table", { name: "Audit log" })).toContainText(name);
  const csv = await page.request.get("/api/audit.csv?action=people.disable");
  expect(await csv.text()).toContain(name);
  await expect(page.getByRole("link", { name: "Export as CSV" })).toHaveAttribute(
    "href",
    "/api/audit.csv?action=people.disable",
  );
});

test("a token is shown once, lets in, and lets nobody in once it is revoked", async ({
  page,
  playwright,
}) => {
  const name = `deploy ${unique()}`;
  await page.goto("/admin?env=prod&tab=tokens&new=token");
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill(name);
  await sheet.getByLabel("Environment").selectOption("dev");
  await sheet.getByLabel("Days until it ends").fill("400");
  await expect(sheet.getByText("Whole days, 1 to 366")).toBeVisible();
  await sheet.getByLabel("Days until it ends").fill("1");
  await sheet.getByRole("button", { name: "Create the token" }).click();
  const text = (await sheet.getByTestId("shown-once").locator("code").textContent()) ?? "";
  expect(text).toMatch(/^lf_/);
  await sheet.getByRole("button", { name: "I have copied it" }).click();
  const row = page.locator(`[data-row="${name}"]`);
  await expect(row).toContainText("viewer · dev · *");
  expect(await page.content()).not.toContain(text);

  const program = await playwright.request.newContext({
    extraHTTPHeaders: { authorization: `Bearer ${text}` },
    storageState: { cookies: [], origins: [] },
  });
  const look = () =>
    program.get(
      `${consoleUrl()}/api/trpc/levers.board?input=${encodeURIComponent('{"json":{"env":"dev"}}')}`,
    );
  expect((await look()).status()).toBe(200);
  await row.getByRole("button", { name: `Revoke ${name}` }).click();
  await row.getByRole("button", { name: `Yes, revoke ${name}` }).click();
  await expect(row).toHaveCount(0);
  expect((await look()).status()).toBe(401);
  await program.dispose();
});

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const changeSetId = (): string =>
  `0${Array.from({ length: 25 }, () => CROCKFORD[Math.floor(Math.random() * 32)]).join("")}`;

test("where two are asked, what one proposes is published once another approves it", async ({
  page,
  browser,
}) => {
  test.setTimeout(60_000);
  const name = `bea-${unique()}`;
  const link = await invite(page, name);
  await give(page, "operator", "dev");
  const theirs = await strangersPage(browser);
  await accept(theirs, link);

  await page.goto("/admin?env=dev");
  const rule = page.locator("[data-rule=dev]");
  await rule.getByRole("radio", { name: "Four eyes" }).click();
  try {
    await expect(rule.getByRole("radio", { name: "Four eyes" })).toBeChecked();
    const lever = `four-${unique()}`;
    const id = changeSetId();
    const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" };
    const edit = { service: "order", kind: "switch", name: lever, op: "put", spec, baseRevision: 0 };
    const proposed = await ask(theirs.context().request, "publish.commit", {
      env: "dev",
      id,
      reason: `a switch, please: ${lever}`,
      edits: [edit],
    });
    expect(proposed.code).toBe("PROPOSED");

    await theirs.goto(`/admin?env=dev&change=dev/${id}`);
    const own = theirs.getByRole("dialog");
    await expect(own.getByRole("button", { name: "Approve and publish" })).toBeDisabled();
    await expect(own.getByText("You asked for it yourself")).toBeVisible();

    await page.goto("/admin?env=dev");
    await expect(page.getByTestId("verdict")).toContainText("1 change waits");
    await page.getByRole("button", { name: `a switch, please: ${lever}` }).click();
    const sheet = page.getByRole("dialog");
    await expect(sheet.getByTestId("diff-sentence")).toContainText(`order/switch/${lever} is made`);
    await sheet.getByRole("button", { name: "Approve and publish" }).click();
    await expect(page.getByTestId("verdict")).toHaveText("Nothing waits for a second person");
    const input = encodeURIComponent(
      JSON.stringify({ json: { env: "dev", service: "order", kind: "switch", name: lever } }),
    );
    expect((await page.request.get(`/api/trpc/levers.get?input=${input}`)).status()).toBe(200);

    // In the browser the answer is a state of its own, and not a failure.
    await theirs.goto(`/switches?env=dev&lever=order/switch/${lever}`);
    const pull = theirs.getByRole("dialog");
    await pull.getByRole("radio", { name: "DEGRADED" }).click();
    await pull.getByLabel("Reason").fill("too many gifts");
    await pull.getByRole("button", { name: new RegExp(`^Degrade ${lever}`) }).click();
    await expect(pull.getByText("It waits for a second person")).toBeVisible();
    await pull.getByRole("link", { name: "See it under Admin, Approvals" }).click();
    const waits = theirs.getByRole("dialog");
    await waits.getByRole("button", { name: "Withdraw …" }).click();
    await waits.getByLabel("Why not").fill("there were few");
    await waits.getByRole("button", { name: "Withdraw it" }).click();
    await expect(theirs.getByTestId("verdict")).toHaveText("Nothing waits for a second person");
  } finally {
    const back = await ask(page.request, "approvals.setRule", { env: "dev", approvals: "none" });
    expect(back.status).toBe(200);
    await theirs.context().close();
  }
});

test("a freeze window is set and lifted, and what was typed for it outlives a reload", async ({ page }) => {
  const reason = `stocktaking ${unique()}`;
  await page.goto("/admin?env=dev&tab=environments&freeze=dev");
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Reason").fill(reason);
  await page.reload();
  await expect(sheet.getByLabel("Reason")).toHaveValue(reason);
  await sheet.getByLabel("Services").fill("Order!");
  await expect(sheet.getByText("Order! is not the name of a service")).toBeVisible();
  await sheet.getByLabel("Services").fill("order");
  await sheet.getByRole("button", { name: "Freeze it" }).click();
  const line = page.getByRole("region", { name: "dev", exact: true }).getByRole("listitem").filter({
    hasText: reason,
  });
  await expect(line).toContainText("frozen now");
  await line.getByRole("button", { name: "Lift" }).click();
  await line.getByRole("button", { name: "Yes, lift it" }).click();
  await expect(line).toHaveCount(0);
});

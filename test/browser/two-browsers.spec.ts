import {
  anotherBrowser,
  COMMENTS,
  expect,
  leverOf,
  openBoard,
  openSheet,
  pull,
  rowOf,
  test,
} from "./fixtures.ts";

test.beforeEach(async ({ request }) => pull(request, COMMENTS, "NORMAL"));
test.afterEach(async ({ request }) => pull(request, COMMENTS, "NORMAL"));

test("two browsers see each other's pull within a second", async ({ page, browser }) => {
  const other = await anotherBrowser(browser);
  await openBoard(page);
  await openBoard(other);
  for (const [mover, watcher, position, action] of [
    [page, other, "DEGRADED", /^Degrade comments/],
    [other, page, "NORMAL", /^Return comments to NORMAL/],
  ] as const) {
    const sheet = await openSheet(mover, COMMENTS);
    await sheet.getByRole("radio", { name: position }).click();
    await sheet.getByLabel("Reason").fill(`to ${position} by one of two`);
    await sheet.getByRole("button", { name: action }).click();
    await expect(sheet.getByText("Your change, r")).toBeVisible();
    await expect(rowOf(watcher, COMMENTS)).toContainText(`to ${position} by one of two`, { timeout: 1_000 });
    await expect(rowOf(watcher, COMMENTS).getByText(position, { exact: true })).toBeVisible();
    await mover.keyboard.press("Escape");
  }
  await other.context().close();
});

test("an edit that grew stale is shown against theirs, key by key, and is never published over it", async ({
  page,
  request,
}) => {
  await openBoard(page);
  const sheet = await openSheet(page, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("mine");
  await sheet.getByText("While DEGRADED, users get").click();
  await sheet.getByLabel("Payload").fill('"Mine."');
  await pull(request, COMMENTS, "DEGRADED", "theirs came first");

  const conflict = sheet.getByTestId("conflict");
  await expect(conflict).toContainText("Somebody else moved this lever meanwhile");
  await expect(conflict).toContainText("theirs came first");
  await expect(conflict.getByRole("row", { name: /position/ })).toContainText("Both made the same change.");
  await expect(conflict.getByRole("row", { name: /payload/ })).toContainText("Only you changed it.");
  await expect(sheet.getByRole("button", { name: /^Degrade comments/ })).toHaveCount(0);

  await conflict.getByRole("button", { name: "Rebase mine on theirs and review" }).click();
  await expect(sheet.getByTestId("diff-sentence")).toContainText("comments: payload");
  const before = await leverOf(request, COMMENTS);
  await sheet.getByRole("button", { name: "Publish comments" }).click();
  await expect(sheet.getByText("Your change, r")).toBeVisible();
  const after = await leverOf(request, COMMENTS);
  expect(after.revision).toBeGreaterThan(before.revision);
  expect(after.resource.spec).toMatchObject({ position: "DEGRADED", payload: "Mine." });

  await sheet.getByText("While DEGRADED, users get").click();
  await sheet.getByLabel("Payload").fill('"Comments are resting."');
  await sheet.getByLabel("Reason").fill("as it was");
  await sheet.getByRole("button", { name: "Publish comments" }).click();
  await expect
    .poll(async () => (await leverOf(request, COMMENTS)).resource.spec["payload"])
    .toBe("Comments are resting.");
});

test("a page that was cut off and knows of nothing is refused with the same view", async ({
  page,
  request,
}) => {
  await page.routeWebSocket("**/api/ws", () => undefined);
  await page.goto("/switches?env=prod&lever=*/switch/comments");
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("from a page that is cut off");
  await page.route(/levers\.(board|get)/, (route) => route.abort());
  await pull(request, COMMENTS, "DEGRADED", "unseen by the other page");
  await sheet.getByRole("button", { name: /^Degrade comments/ }).click();
  await expect(sheet.getByTestId("conflict")).toContainText("unseen by the other page");
  await sheet.getByRole("button", { name: "Take theirs" }).click();
  await expect(sheet.getByTestId("conflict")).toHaveCount(0);
  await expect(sheet.getByLabel("Reason")).toHaveValue("from a page that is cut off");
});

test("a page that lost its socket says since when, keeps asking, and comes back by itself", async ({
  page,
  request,
}) => {
  let open = true;
  const sockets = new Set<{ close(): Promise<void> }>();
  await page.routeWebSocket("**/api/ws", (socket) => {
    if (!open) return void socket.close();
    socket.connectToServer();
    sockets.add(socket);
  });
  await openBoard(page);
  open = false;
  for (const socket of sockets) await socket.close();
  await expect(page.getByTestId("link-state")).toHaveText(/^Not live since \d\d:\d\d:\d\d$/);
  await pull(request, COMMENTS, "DEGRADED", "while the socket was cut");
  await expect(rowOf(page, COMMENTS)).toContainText("while the socket was cut");
  open = true;
  await expect(page.getByTestId("link-state")).toHaveText("Live", { timeout: 10_000 });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import type { APIRequestContext, Page } from "@playwright/test";
import { COMMENTS, commit, expect, leverOf, publishing, pull, test, windowUrl } from "./fixtures.ts";
import { degradedUsers } from "./shop.ts";

/** Each user's bucket by an implementation that shares nothing with ours: see `vectors/users.py`. */
const vectors = JSON.parse(readFileSync(path.join(import.meta.dirname, "vectors/users.json"), "utf8")) as {
  readonly salt: string;
  readonly buckets: readonly number[];
};

const below = (shareBp: number): ReadonlySet<number> =>
  new Set(vectors.buckets.flatMap((bucket, index) => (bucket < shareBp ? [index + 1] : [])));

/** A gray release at nobody, under the salt of the vectors: the page itself makes one at random. */
async function startAtNobody(request: APIRequestContext): Promise<void> {
  const { revision, resource } = await leverOf(request, COMMENTS);
  const rollout = {
    id: "01HZY0GRAY00000000000000Q1",
    salt: vectors.salt,
    shareBp: 0,
    stickiness: { contextKey: "userId" },
    candidate: { ...resource.spec, position: "DEGRADED" },
  };
  await commit(request, "release to users gradually", [
    { ...COMMENTS, op: "put", spec: resource.spec, rollout, baseRevision: revision },
  ]);
}

/** Drags the slider's thumb to a share by the mouse, as a hand does. */
async function drag(page: Page, share: number): Promise<void> {
  const thumb = page.getByRole("slider", { name: "Share" });
  const box = await thumb.boundingBox();
  const track = await thumb.locator("xpath=../..").boundingBox();
  if (box === null || track === null) throw new Error("the slider is not to be seen");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width * (share / 100 / 2), y, { steps: 4 });
  await page.mouse.move(track.x + track.width * (share / 100), y, { steps: 8 });
  await page.mouse.up();
}

async function publishShare(page: Page, share: number): Promise<void> {
  await drag(page, share);
  // A hand stops near; the field says exactly.
  const field = page.getByRole("textbox", { name: "Share" });
  await expect.poll(async () => Math.abs(Number(await field.inputValue()) - share)).toBeLessThan(2);
  await field.fill(String(share));
  await field.press("Enter");
  await page.getByLabel("Reason").fill(`to ${share} %`);
  await publishing(page.getByTestId("receipt-bar"), () =>
    page.getByRole("button", { name: `Publish ${share} %` }).click(),
  );
  await expect(page.getByTestId("receipt-words")).toHaveText(/^20\/20/, { timeout: 15_000 });
}

test.afterEach(async ({ request }) => {
  const { revision, resource } = await leverOf(request, COMMENTS);
  await commit(request, "cleaned up by a test", [
    { ...COMMENTS, op: "put", spec: { ...resource.spec, position: "NORMAL" }, baseRevision: revision },
  ]);
});

test("at 25 % exactly the users of the vectors get the candidate at the shop, and at 50 % none of them is left", async ({
  page,
  request,
}) => {
  test.setTimeout(180_000);
  await pull(request, COMMENTS, "NORMAL");
  await startAtNobody(request);
  await page.goto("/switches?env=prod");
  await page.getByRole("link", { name: "Rollouts" }).click();
  await expect(page.getByRole("heading", { name: "Rollouts" })).toBeVisible();
  await page.getByRole("button", { name: /comments/ }).click();

  await publishShare(page, 25);
  const quarter = await degradedUsers("comments");
  expect([...quarter].sort((a, b) => a - b)).toEqual([...below(2_500)]);
  expect(quarter.size).toBeGreaterThan(400);

  await publishShare(page, 50);
  const half = await degradedUsers("comments");
  expect([...half].sort((a, b) => a - b)).toEqual([...below(5_000)]);
  expect([...quarter].filter((user) => !half.has(user))).toEqual([]);
});

test("the window beside the console shows every user's cohort, and makes and heals trouble", async ({
  page,
  request,
}) => {
  await pull(request, COMMENTS, "NORMAL");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(windowUrl());
  await expect(page.locator("#count")).toContainText("0 of 2,000 users get it degraded");
  const board = page.frameLocator("#console");
  await expect(board.getByTestId("link-state")).toHaveText("Live");
  await pull(request, COMMENTS, "DEGRADED");
  await expect(page.locator("#count")).toContainText("2,000 of 2,000 users get it degraded (100.0 %)");
  await expect(page.frameLocator("#shop").locator("#comments")).toHaveAttribute("data-state", "degraded");
  await page.getByRole("button", { name: "Heal all" }).click();
  await expect(page.locator("#said")).toContainText("the bank is itself again");
});

import type { APIRequestContext, Page } from "@playwright/test";
import { COMMENTS, ENVIRONMENT, expect, leverOf, pull, test, windowUrl } from "./fixtures.ts";
import { complaints } from "./look.ts";

/** The time line's promise and the kill's, at the page itself: the demo's fleet, the history's word, a real SIGKILL. */
const SHARED = `${COMMENTS.service}/${COMMENTS.kind}/${COMMENTS.name}`;
/** Longer than a few of the time line's steps (15 s). */
const BETWEEN_MS = 50_000;
const SHOWN_WITHIN_MS = 10_000;

/** The revision of every lever that stood for a service at a moment, as the history has it. */
async function history(
  request: APIRequestContext,
  service: string,
  atMs: number,
): Promise<readonly string[]> {
  const moment = { at: new Date(atMs).toISOString() };
  const input = encodeURIComponent(JSON.stringify({ json: { env: ENVIRONMENT, moment } }));
  const answer = await request.get(`/api/trpc/history.stateAt?input=${input}`);
  expect(answer.ok(), await answer.text()).toBe(true);
  const { result } = (await answer.json()) as {
    result: {
      data: {
        json: readonly { service: string; kind: string; name: string; revision: number; body: unknown }[];
      };
    };
  };
  return result.data.json
    .filter((one) => one.service === service || one.service === "*")
    .map((one) => `${one.service}/${one.kind}/${one.name} r${one.revision}`)
    .sort();
}

const shown = async (page: Page): Promise<readonly string[]> => {
  const lines = await page
    .getByTestId("levers-in-force")
    .locator("[data-lever]")
    .evaluateAll((all) =>
      all.map((one) => `${one.getAttribute("data-lever")} r${one.getAttribute("data-revision")}`),
    );
  return lines.sort();
};

const momentOf = (page: Page): number => Number(new URL(page.url()).searchParams.get("at") ?? 0);

test.afterEach(async ({ request }) => pull(request, COMMENTS, "NORMAL"));

test("the time line goes back to the levers that stood then, and to now again", async ({ page, request }) => {
  test.setTimeout(180_000);
  await pull(request, COMMENTS, "DEGRADED");
  await pull(request, COMMENTS, "NORMAL", "as usual");
  const normal = await leverOf(request, COMMENTS);
  const normalMs = Date.now();
  await page.goto(`/topology?env=${ENVIRONMENT}&node=gateway`);
  const lever = page.locator(`[data-lever="${SHARED}"]`);
  await expect(lever).toHaveAttribute("data-revision", String(normal.revision));
  await page.waitForTimeout(BETWEEN_MS);
  await pull(request, COMMENTS, "DEGRADED", "the night's change");
  const degradedMs = Date.now();
  const degraded = await leverOf(request, COMMENTS);
  await expect(lever).toHaveAttribute("data-revision", String(degraded.revision), { timeout: 15_000 });
  await expect(lever).toContainText("comments DEGRADED");

  const line = page.getByRole("slider", { name: "Moment shown" });
  await line.focus();
  // A step at a time, until the moment is before the change.
  await expect(async () => {
    await line.press("ArrowLeft");
    await page.waitForTimeout(600);
    expect(momentOf(page)).toBeGreaterThan(0);
    expect(momentOf(page)).toBeLessThan(degradedMs - 1_000);
  }).toPass({ timeout: 15_000 });
  const atMs = momentOf(page);
  expect(atMs).toBeGreaterThan(normalMs);
  await expect(page.getByTestId("past")).toContainText("As of");
  await expect(lever).toHaveAttribute("data-revision", String(normal.revision));
  await expect(lever).not.toContainText("DEGRADED");
  expect(await shown(page)).toEqual(await history(request, "gateway", atMs));
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await complaints(page, `an earlier moment ${width}`)).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  // The change's own mark leads to right after it.
  await page.getByTestId("scrubber").locator("[data-mark]").last().click();
  await expect(lever).toHaveAttribute("data-revision", String(degraded.revision));
  expect(momentOf(page)).toBeGreaterThan(degradedMs - 5_000);
  expect(await shown(page)).toEqual(await history(request, "gateway", momentOf(page)));
  await page.getByRole("button", { name: "Back to live" }).click();
  await expect(page.getByTestId("past")).toHaveCount(0);
  await expect(page.getByTestId("moment")).toHaveText("Live");
});

test("an instance that is killed shows on its service within 10 s, and so does its return", async ({
  page,
  context,
}) => {
  test.setTimeout(120_000);
  await page.goto(`/topology?env=${ENVIRONMENT}`);
  const node = page.locator("[data-node=comment]");
  await expect(node).toHaveAttribute("data-health", "normal", { timeout: 30_000 });
  const beside = await context.newPage();
  await beside.goto(windowUrl());
  await beside.getByRole("button", { name: "Kill comment-2" }).click();
  const killedAt = performance.now();
  await expect(node).toContainText(/\d of \d live/, { timeout: SHOWN_WITHIN_MS });
  const seconds = ((performance.now() - killedAt) / 1_000).toFixed(1);
  console.log(`killed, and on the graph after ${seconds} s`);
  await expect(node).not.toHaveAttribute("data-health", "normal");
  await beside.getByRole("button", { name: "Heal all" }).click();
  await expect(node).toHaveAttribute("data-health", "normal", { timeout: 30_000 });
});

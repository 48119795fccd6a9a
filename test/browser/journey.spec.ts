import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { ulid } from "ulid";
import { consoleUrl, ENVIRONMENT, expect, test } from "./fixtures.ts";
import { standing } from "./past-pages.ts";

/**
 * The night's longest way, by visible controls: from an alert to the spike, to a slow trace, to the span that a lever
 * touched, to the change that had put the lever so, to its undo. Somebody meant well with the bank: give up after 5 ms,
 * and try three times, half a second apart.
 */
const RULE = "PaymentsSlow";
const REASON = "try harder at the bank";
const BANK = { service: "payment", name: "bank" } as const;
const RETRY = {
  maxAttempts: 3,
  backoff: "FIXED",
  waitDurationMs: 500,
  multiplier: 1,
  maxWaitDurationMs: 500,
  jitter: "NONE",
  budgetPercent: 100,
} as const;

const mutate = async (request: APIRequestContext, procedure: string, input: object): Promise<void> => {
  const answer = await request.post(`/api/trpc/${procedure}`, {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, ...input } },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
};

async function wellMeant(request: APIRequestContext): Promise<void> {
  const breaker = await standing(request, { ...BANK, kind: "breaker" });
  const edits = [
    { ...BANK, kind: "retry", op: "put", spec: RETRY, baseRevision: 0 },
    { ...BANK, kind: "timeout", op: "put", spec: { timeoutMs: 2_000, attemptTimeoutMs: 5 }, baseRevision: 0 },
    {
      ...BANK,
      kind: "breaker",
      op: "put",
      // So patient that it never opens.
      spec: { ...breaker.resource.spec, minimumNumberOfCalls: 10_000 },
      baseRevision: breaker.revision,
    },
  ];
  await mutate(request, "publish.commit", { id: ulid(), reason: REASON, edits });
}

const isThere = async (request: APIRequestContext, kind: string): Promise<boolean> => {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...BANK, kind } });
  return (await request.get(`/api/trpc/levers.get?input=${encodeURIComponent(input)}`)).ok();
};

/** A hand that counts what it does, and says so at the end. */
class Hand {
  readonly #startedAt = performance.now();
  readonly #steps: string[] = [];
  #keys = 0;

  async click(what: string, target: Locator): Promise<void> {
    await target.click({ timeout: 20_000 });
    this.#steps.push(what);
  }

  async type(target: Locator, text: string): Promise<void> {
    await target.pressSequentially(text);
    this.#keys += text.length;
  }

  get words(): string {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1);
    return `${this.#steps.length} clicks, ${this.#keys} keys, ${seconds} s: ${this.#steps.join(" › ")}`;
  }
}

const undone = (page: Page) => page.getByRole("dialog").getByTestId("undone");

test.afterEach(async ({ request }) => {
  await mutate(request, "alerts.deleteRule", { name: RULE }).catch(() => undefined);
});

test("from an alert to the undo of what caused it, through charts and a trace", async ({ page, request }) => {
  test.setTimeout(180_000);
  await mutate(request, "alerts.putRule", {
    before: null,
    rule: {
      name: RULE,
      severity: "critical",
      condition: {
        figure: { kind: "quantile", q: 0.99, metric: "http_request_duration_seconds" },
        by: ["service"],
        windowSeconds: 30,
        op: ">",
        threshold: 0.8,
      },
      forSeconds: 0,
      summary: "p99 of {{ service }} is {{ value }} s",
    },
  });
  await wellMeant(request);
  await page.goto(`/overview?env=${ENVIRONMENT}`);
  const hand = new Hand();
  await hand.click("Alerts", page.getByRole("navigation").getByRole("link", { name: "Alerts" }));
  const alert = page.locator(`[data-row=${RULE}]`).filter({ hasText: "p99 of payment" });
  await expect(alert).toBeVisible({ timeout: 60_000 });

  await hand.click("Charts of the alert", alert.getByRole("link", { name: "Charts" }));
  await expect(page).toHaveURL(/\/charts\?.*service=payment/);
  await hand.click("its traces", page.getByRole("link", { name: "Traces of payment" }));
  await expect(page).toHaveURL(/\/traces\?.*service=payment/);

  // Slowest first: what took two waits of half a second.
  const slowest = page.locator("[data-trace]").first();
  await expect(slowest).toContainText(/[1-9][\d.]* s/, { timeout: 30_000 });
  await hand.click("the slowest", slowest.getByRole("link"));
  const span = page
    .getByTestId("waterfall")
    .getByLabel(/^payment call bank/)
    .first();
  await hand.click("call bank", span);
  const levers = page.getByTestId("span-levers");
  await expect(levers).toContainText("retry/bank");
  await hand.click("the change", levers.getByRole("link", { name: "Open the change" }).first());

  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText(REASON);
  await hand.click("Undo", sheet.getByRole("button", { name: "Undo", exact: true }));
  await hand.type(sheet.getByLabel("Reason"), "slow");
  await hand.click("Undo it", sheet.getByRole("button", { name: "Undo it" }));
  await expect(undone(page)).toContainText("Taken back by r");
  console.log(hand.words);

  await expect
    .poll(async () => [await isThere(request, "retry"), await isThere(request, "timeout")])
    .toEqual([false, false]);
  const { resource } = await standing(request, { ...BANK, kind: "breaker" });
  expect(resource.spec["minimumNumberOfCalls"]).toBe(10);
  await page.goto(`/alerts?env=${ENVIRONMENT}&tab=history&name=${RULE}`);
  await expect(
    page.locator(`[data-row=${RULE}]`).filter({ hasText: "p99 of payment" }).first(),
  ).toContainText(/\d+ (s|min)$/, { timeout: 90_000 });
});

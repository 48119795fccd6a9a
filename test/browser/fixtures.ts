import path from "node:path";
import {
  type APIRequestContext,
  type Browser,
  test as base,
  expect,
  type Locator,
  type Page,
} from "@playwright/test";

/** Where the one sign-in of a run is kept: a link serves once. */
export const SESSION_FILE = path.resolve("test-results/session.json");

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the global setup starts the product and sets it`);
  return value.replace(/\/$/, "");
}

export const consoleUrl = (): string => fromEnvironment("LEVERFRAME_TEST_URL");
export const shopUrl = (): string => fromEnvironment("LEVERFRAME_TEST_SHOP_URL");
/** Console and shop side by side. */
export const windowUrl = (): string => `${fromEnvironment("LEVERFRAME_TEST_WINDOW_URL")}/`;
export const loginUrl = (): string => fromEnvironment("LEVERFRAME_TEST_LOGIN_URL");

/** Pages and requests signed in at the console under test. */
export const test = base.extend({
  baseURL: async ({ browserName: _ }, use) => use(consoleUrl()),
  storageState: async ({ browserName: _ }, use) => use(SESSION_FILE),
});

export { expect };

export const ENVIRONMENT = "prod";

export interface Ref {
  readonly service: string;
  readonly kind: "switch";
  readonly name: string;
}

export const COMMENTS: Ref = { service: "*", kind: "switch", name: "comments" };
export const CHECKOUT: Ref = { service: "order", kind: "switch", name: "checkout" };

interface Lever {
  readonly revision: number;
  readonly version: number;
  readonly resource: { readonly spec: Record<string, unknown> & { readonly position: string } };
}

/** The lever as the control plane has it, asked past every page. */
export async function leverOf(request: APIRequestContext, ref: Ref): Promise<Lever> {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...ref } });
  const response = await request.get(`/api/trpc/levers.get?input=${encodeURIComponent(input)}`);
  expect(response.ok(), await response.text()).toBe(true);
  const answer = (await response.json()) as { result: { data: { json: { lever: Lever } } } };
  return answer.result.data.json.lever;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** An id of a change set; random is enough here. */
const changeSetId = (): string =>
  `0${Array.from({ length: 25 }, () => CROCKFORD[Math.floor(Math.random() * 32)]).join("")}`;

/** Moves a lever past every page: how a test prepares, and cleans up. */
export async function pull(
  request: APIRequestContext,
  ref: Ref,
  position: "NORMAL" | "DEGRADED",
  reason = "prepared by a test",
): Promise<void> {
  const lever = await leverOf(request, ref);
  if (lever.resource.spec.position === position) return;
  await commit(request, reason, [
    { ...ref, op: "put", spec: { ...lever.resource.spec, position }, baseRevision: lever.revision },
  ]);
}

/** Publishes past every page. */
export async function commit(
  request: APIRequestContext,
  reason: string,
  edits: readonly unknown[],
): Promise<void> {
  const response = await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, id: changeSetId(), reason, edits } },
  });
  expect(response.ok(), await response.text()).toBe(true);
}

const shownRevision = async (bar: Locator): Promise<number> =>
  (await bar.count()) === 0 ? 0 : Number(await bar.getAttribute("data-revision"));

/** Publishes on a page, and waits for a receipt bar of that change: until then the one before stays in sight. */
export async function publishing(bar: Locator, publish: () => Promise<void>): Promise<void> {
  const before = await shownRevision(bar);
  await publish();
  await expect.poll(() => shownRevision(bar), { timeout: 15_000 }).toBeGreaterThan(before);
}

/** A second person's browser. */
export async function anotherBrowser(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    storageState: SESSION_FILE,
    baseURL: consoleUrl(),
    locale: "en-US",
  });
  return context.newPage();
}

export const rowOf = (page: Page, ref: Ref) =>
  page.locator(`[data-lever="${ref.service}/${ref.kind}/${ref.name}"]`);

/** The board, followed live. */
export async function openBoard(page: Page, query = ""): Promise<void> {
  await page.goto(`/switches?env=${ENVIRONMENT}${query}`);
  await expect(page.getByTestId("link-state")).toHaveText("Live");
}

/** Opens a lever's sheet as a person does: by pressing the lever. */
export async function openSheet(page: Page, ref: Ref) {
  await rowOf(page, ref).getByRole("button").first().click();
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("radiogroup", { name: "Position" })).toBeVisible();
  return sheet;
}

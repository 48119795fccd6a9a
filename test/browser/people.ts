import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { consoleUrl, expect } from "./fixtures.ts";

export const PASSWORD = "a lever frame is a row of levers";
export const unique = (): string => Date.now().toString(36);

export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly code: string | undefined;
}

/** Asks past every page, as whoever the request's cookies say. */
export async function ask(request: APIRequestContext, procedure: string, input: unknown): Promise<Answer> {
  const response = await request.post(`${consoleUrl()}/api/trpc/${procedure}`, {
    headers: { origin: consoleUrl() },
    data: { json: input },
  });
  const body = (await response.json()) as {
    result?: { data: { json: unknown } };
    error?: { json: { data: { leverframe?: { code: string } } } };
  };
  return {
    status: response.status(),
    data: body.result?.data.json,
    code: body.error?.json.data.leverframe?.code,
  };
}

/** A browser in which nobody has signed in. */
export async function strangersPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    baseURL: consoleUrl(),
    locale: "en-US",
    storageState: { cookies: [], origins: [] },
  });
  return context.newPage();
}

/** Invites somebody in the browser; gives their invitation. The person's sheet is open afterwards. */
export async function invite(page: Page, name: string): Promise<string> {
  await page.goto("/admin?env=prod&tab=people");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill(name);
  await sheet.getByLabel("E-mail").fill(`${name}@example.com`);
  await sheet.getByRole("button", { name: "Make the invitation" }).click();
  const link = (await sheet.getByTestId("shown-once").locator("code").textContent()) ?? "";
  expect(link).toContain("/login?invitation=");
  await sheet.getByRole("button", { name: `Say what ${name} may do` }).click();
  await expect(page.getByRole("dialog", { name })).toBeVisible();
  return link;
}

/** Gives a right in the person's open sheet. */
export async function give(page: Page, role: string, env: string, services = "*"): Promise<void> {
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Role").selectOption(role);
  await sheet.getByLabel("Environment").selectOption(env);
  await sheet.getByLabel("Services").fill(services);
  await sheet.getByRole("button", { name: "Give this right" }).click();
  await expect(sheet.getByText("They hold exactly this already.")).toBeVisible();
}

/** Sets the password by the invitation, which signs in. */
export async function accept(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.waitForURL((address) => !address.pathname.startsWith("/login"));
}

import type { Page } from "@playwright/test";
import { commit, consoleUrl, ENVIRONMENT, expect, test } from "./fixtures.ts";

const BANNER = { service: "gateway", kind: "config", name: "banner" } as const;
const VALUE = JSON.stringify({ text: "Free delivery to every station" });
const SCHEMA = JSON.stringify({
  type: "object",
  required: ["text"],
  properties: { text: { type: "string", maxLength: 40 } },
  additionalProperties: false,
});

async function write(page: Page, label: string, text: string): Promise<void> {
  await page.getByRole("textbox", { name: label }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

test("a config with a JSON Schema takes nothing else: the editor shows the place, and no call gets past it", async ({
  page,
  request,
}) => {
  test.setTimeout(60_000);
  await page.goto("/switches?env=prod");
  await page.getByRole("link", { name: "Config" }).click();
  await page.getByRole("button", { name: "banner" }).click();
  await page.getByRole("button", { name: "JSON Schema" }).click();
  const sheet = page.getByRole("dialog");
  await write(page, "JSON Schema", '{"type":"array"}');
  await expect(sheet.getByText("The present value does not fit it")).toBeVisible();
  await write(page, "JSON Schema", SCHEMA);
  await sheet.getByLabel("Reason").fill("no long banners");
  await sheet.getByRole("button", { name: "Publish the schema" }).click();
  await expect(page.getByTestId("receipt-words")).toHaveText(/^3\/3/, { timeout: 15_000 });

  await write(page, "Value of banner", '{\n  "text": 7\n}');
  await expect(page.getByText("Line 2, column 11")).toBeVisible();
  await expect(page.getByTestId("config-fault")).toContainText("/text");
  await expect(page.getByRole("button", { name: "Review and publish" })).toBeDisabled();

  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...BANNER } });
  const found = await request.get(`${consoleUrl()}/api/trpc/levers.get?input=${encodeURIComponent(input)}`);
  const { result } = (await found.json()) as { result: { data: { json: { lever: { revision: number } } } } };
  const { revision } = result.data.json.lever;
  const misfit = {
    ...BANNER,
    op: "put",
    spec: { format: "json", value: '{"more":1}' },
    baseRevision: revision,
  };
  const refused = await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: {
      json: { env: ENVIRONMENT, id: "01HZY0SCHEMA00000000000001", reason: "past the page", edits: [misfit] },
    },
  });
  expect(refused.status()).toBe(400);
  expect(await refused.text()).toContain("is not what its JSON Schema asks: /more is not allowed");
  await commit(request, "cleaned up by a test", [
    {
      ...BANNER,
      op: "put",
      spec: { format: "json", value: VALUE },
      meta: { owner: "shop", description: "The line above the shop" },
      baseRevision: revision,
    },
  ]);
});

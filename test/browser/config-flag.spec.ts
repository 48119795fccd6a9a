import type { APIRequestContext, Page } from "@playwright/test";
import { ulid } from "ulid";
import { consoleUrl, ENVIRONMENT, expect, test } from "./fixtures.ts";

/** A feature flag, as the import of Unleash's features makes it, in the console's own editor: nothing of it is lost. */
const REF = { service: "gateway", kind: "config", name: "new-checkout" } as const;
const FLAG = {
  enabled: true,
  key: "New.Checkout",
  strategies: [
    {
      constraints: [{ contextName: "plan", operator: "IN", values: ["gold"] }],
      rollout: { shareBp: 5_000, stickiness: "default", salt: "New.Checkout" },
    },
  ],
  variants: [{ name: "blue", weight: 1_000, payload: { type: "string", value: "b" } }],
};

interface Stored {
  readonly revision: number;
  readonly resource: {
    readonly spec: { readonly format: string; readonly value: string };
    readonly meta: { readonly minAgent?: string };
  };
}

async function stored(request: APIRequestContext): Promise<Stored | undefined> {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...REF } });
  const response = await request.get(`/api/trpc/levers.board?input=${encodeURIComponent(input)}`);
  const answer = (await response.json()) as { result: { data: { json: { levers: readonly Stored[] } } } };
  return answer.result.data.json.levers[0];
}

async function write(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content[contenteditable=true]").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
}

async function publish(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Review and publish" }).click();
  await page.getByLabel("Reason").fill("by a test");
  await page.getByRole("button", { name: "Publish new-checkout" }).click();
}

test.beforeEach(async ({ request, page }) => {
  const edit = {
    ...REF,
    op: "put",
    spec: { format: "flag", value: JSON.stringify(FLAG, null, 2) },
    meta: { minAgent: "0.2.0", tags: ["unleash"] },
    baseRevision: (await stored(request))?.revision ?? 0,
  };
  const response = await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, id: ulid(), reason: "prepared by a test", edits: [edit] } },
  });
  expect(response.ok(), await response.text()).toBe(true);
  await page.goto(`/config?env=${ENVIRONMENT}&service=${REF.service}&name=${REF.name}`);
  await expect(page.getByTestId("link-state")).toHaveText("Live");
});

test.afterEach(async ({ request }) => {
  const edit = { ...REF, op: "delete", baseRevision: (await stored(request))?.revision ?? 0 };
  await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, id: ulid(), reason: "cleaned up by a test", edits: [edit] } },
  });
  await expect.poll(() => stored(request)).toBeUndefined();
});

test("turned off in the editor it is a flag still, with all that its author wrote", async ({
  page,
  request,
}) => {
  await expect(page.getByText("Feature flag (JSON)").first()).toBeVisible();
  await write(page, JSON.stringify({ ...FLAG, enabled: false }, null, 2));
  await publish(page);
  await expect
    .poll(async () => JSON.parse((await stored(request))?.resource.spec.value ?? "{}") as object)
    .toEqual({ ...FLAG, enabled: false });
  const { spec, meta } = (await stored(request))!.resource;
  expect([spec.format, meta.minAgent]).toEqual(["flag", "0.2.0"]);
});

test("what is no flag is refused by the field at fault, and nothing is published", async ({
  page,
  request,
}) => {
  const before = await stored(request);
  await write(page, JSON.stringify({ ...FLAG, strategies: [{ constraint: [] }] }));
  await page.getByRole("button", { name: "Review and publish" }).click();
  await expect(page.getByText(/constraint/).first()).toBeVisible();
  await expect(page.getByText(/spec\.value\.strategies\.0/).first()).toBeVisible();
  expect((await stored(request))?.revision).toBe(before?.revision);
});

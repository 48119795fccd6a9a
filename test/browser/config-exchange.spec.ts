import { readFile } from "node:fs/promises";
import { commit, ENVIRONMENT, expect, shopUrl, test } from "./fixtures.ts";

const BANNER = { service: "gateway", kind: "config", name: "banner" } as const;
const TEXT = "Free delivery to every station";
const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
const atTheShop = async (): Promise<string> => (await fetch(`${shopUrl()}/?user=u7`)).text();

interface Exported {
  readonly env: string;
  readonly levers: { readonly name: string; spec: { value: string } }[];
}

test("configs go out as a file and come in through the tray: nothing is published unseen", async ({
  page,
  request,
}) => {
  test.setTimeout(60_000);
  await page.goto("/switches?env=prod");
  await page.getByRole("link", { name: "Config" }).click();
  await expect(page.getByTestId("config-count")).toBeVisible();
  await page.getByRole("searchbox").fill("banner");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const exported = JSON.parse(await readFile(await (await download).path(), "utf8")) as Exported;
  expect(exported.env).toBe(ENVIRONMENT);
  expect(exported.levers.map(({ name }) => name)).toEqual(["banner"]);

  const [banner] = exported.levers;
  if (banner === undefined) throw new Error("nothing was exported");
  expect(JSON.parse(banner.spec.value)).toEqual({ text: TEXT });
  banner.spec.value = JSON.stringify({ text: "Imported express" });
  await page.getByRole("button", { name: "Import" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Service of plain files").selectOption("gateway");
  await sheet
    .getByLabel("Files", { exact: true })
    .setInputFiles([file("all.json", JSON.stringify(exported)), file("broken.json", "{")]);
  await expect(sheet.locator('[data-import="gateway/banner"]')).toContainText("changed");
  await expect(sheet.locator('[data-import="gateway/broken"]')).toContainText("Does not read as its format");
  await sheet.getByRole("button", { name: "Put 1 config into the tray" }).click();

  const tray = page.getByRole("dialog");
  await expect(tray).toContainText("Imported express");
  expect(await atTheShop()).toContain(TEXT);
  await tray.getByLabel("Reason").fill("from a file");
  await tray.getByRole("button", { name: /^Publish/ }).click();
  await expect.poll(atTheShop).toContain("Imported express");

  const found = await request.get(
    `/api/trpc/levers.get?input=${encodeURIComponent(JSON.stringify({ json: { env: ENVIRONMENT, ...BANNER } }))}`,
  );
  const { result } = (await found.json()) as { result: { data: { json: { lever: { revision: number } } } } };
  await commit(request, "cleaned up by a test", [
    {
      ...BANNER,
      op: "put",
      spec: { format: "json", value: JSON.stringify({ text: TEXT }) },
      baseRevision: result.data.json.lever.revision,
    },
  ]);
});

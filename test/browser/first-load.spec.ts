import path from "node:path";
import { BUDGET_BYTES, firstLoads } from "../../scripts/first-load.mjs";
import { expect, test } from "./fixtures.ts";

/** Issue 4: what a page needs before it can be used is at most 200 KB of scripts, compressed. */
const pages = firstLoads(path.resolve("out"));
const SECTIONS = [
  "/overview",
  "/charts",
  "/switches",
  "/config",
  "/rollouts",
  "/resilience",
  "/services",
  "/changes",
  "/admin",
];

test("every page's first scripts are within 200 KB of gzip", () => {
  expect(pages.map(({ page }) => page)).toEqual(expect.arrayContaining(SECTIONS));
  const over = pages.filter(({ bytes }) => bytes > BUDGET_BYTES).map(({ page, bytes }) => `${page} ${bytes}`);
  expect(over, "node scripts/first-load.mjs --files /PAGE lists a page's scripts").toEqual([]);
});

test("a browser loads what was counted, before anything else", async ({ page }) => {
  const counted = pages.find((one) => one.page === "/switches");
  const loaded: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "script") loaded.push(new URL(request.url()).pathname);
  });
  await page.goto("/switches?env=prod", { waitUntil: "domcontentloaded" });
  const expected = counted?.scripts.map(({ address }) => address) ?? [];
  expect(loaded.slice(0, expected.length).sort()).toEqual([...expected].sort());
});

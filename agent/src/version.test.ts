import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { AGENT_VERSION } from "./version.ts";

test("the release that the agent tells is the package's", async () => {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  expect(AGENT_VERSION).toBe(manifest.version);
});

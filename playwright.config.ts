import { defineConfig } from "@playwright/test";

/**
 * The console in a real Chromium against the real product: server, etcd and the demo's fleet, started by the global
 * setup. One worker, since all tests pull the same levers; no retries: `scripts/test.mjs` runs a file that failed once
 * more, alone, and says so (ADR 0029).
 */
export default defineConfig({
  testDir: "test/browser",
  // The agent is read from its own sources, as every other room reads it: nothing has to be built for that.
  tsconfig: "./test/browser/tsconfig.json",
  globalSetup: "./test/browser/global-setup.ts",
  outputDir: "test-results",
  workers: 1,
  retries: 0,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: "list",
  use: {
    video: "off",
    trace: "off",
    screenshot: "only-on-failure",
    locale: "en-US",
    reducedMotion: "reduce",
    actionTimeout: 10_000,
    launchOptions: {
      executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
  projects: [
    { name: "sign-in", testMatch: /sign-in\.setup\.ts/ },
    { name: "console", testMatch: /\.spec\.ts/, dependencies: ["sign-in"] },
  ],
});

// Finds a Chromium, or gets one: Debian's by apt when root, else Playwright's own. Prints nothing when there is one.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const NAMES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const INSTALL_MS = 10 * 60_000;

const isDebian = () => {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
};

const run = (command, args) =>
  spawnSync(command, args, {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: INSTALL_MS,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;

const standing = () => [process.env.CHROMIUM_PATH, ...NAMES].find((file) => file && existsSync(file));

/** The path of an executable; throws an error that says which line to type where there is none to be had. */
export function ensureChromium() {
  const found = standing();
  if (found) return found;
  if (isDebian() && process.getuid?.() === 0) {
    console.log("Installing Chromium (apt-get install chromium fonts-noto-cjk) …");
    run("apt-get", ["update", "-qq"]);
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"]);
    const installed = standing();
    if (installed) return installed;
    throw new Error(
      "Chromium could not be installed. Type: apt-get update && apt-get install -y chromium fonts-noto-cjk",
    );
  }
  const { chromium } = createRequire(import.meta.url)("@playwright/test");
  if (!existsSync(chromium.executablePath())) {
    console.log("Fetching Playwright's Chromium …");
    run(process.execPath, [
      createRequire(import.meta.url).resolve("@playwright/test/cli"),
      "install",
      "chromium",
    ]);
  }
  if (existsSync(chromium.executablePath())) return chromium.executablePath();
  const line = isDebian()
    ? "sudo apt-get install -y chromium fonts-noto-cjk"
    : "npx playwright install chromium";
  throw new Error(`The browser tests need Chromium. Type: ${line}`);
}

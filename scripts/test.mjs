// The README's test command: every test there is, one room after the other. The last line counts them all.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureChromium } from "./chromium.mjs";

const root = path.resolve(import.meta.dirname, "..");
const bin = (name) => path.join(root, "node_modules", ".bin", name);
const reports = mkdtempSync(path.join(tmpdir(), "leverframe-test-"));
const only = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const ROOMS = ["checks", "unit", "etcd", "destructive", "browser"];
const rooms =
  only.length > 0
    ? only
    : ROOMS.filter((room) => room !== "checks" || process.argv.includes("--with-checks"));
const totals = { passed: 0, failed: 0 };
const slow = [];

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env },
    });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** A room that ends badly without naming a failed test has failed once itself. */
function count(room, code, passed, failed) {
  totals.passed += passed;
  totals.failed += failed > 0 || code === 0 ? failed : 1;
  if (code === 0 && passed === 0) {
    console.error(`${room}: no test ran`);
    totals.failed += 1;
  }
}

async function checks() {
  for (const [name, command, args] of [
    ["format", bin("biome"), ["check", "--linter-enabled=false"]],
    ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
    ["types", process.execPath, [path.join(root, "scripts/types.mjs")]],
  ]) {
    const code = await run(command, args);
    console.log(`${String(name)}: ${code === 0 ? "passed" : "FAILED"}`);
    totals[code === 0 ? "passed" : "failed"] += 1;
  }
}

async function vitest(project) {
  const report = path.join(reports, `${project}.json`);
  const code = await run(bin("vitest"), [
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const result = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : { numPassedTests: 0, numFailedTests: 0 };
  count(project, code, result.numPassedTests, result.numFailedTests);
}

async function browser() {
  const report = path.join(reports, "browser.json");
  const code = await run(bin("playwright"), ["test", "--reporter=list,json"], {
    CHROMIUM_PATH: ensureChromium(),
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
  });
  const stats = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8")).stats
    : { expected: 0, unexpected: 0, flaky: 0 };
  count("browser", code, stats.expected, stats.unexpected + stats.flaky);
}

/** These rooms run what production runs. */
const BUILT = new Set(["etcd", "destructive", "browser"]);
if (rooms.some((room) => BUILT.has(room))) {
  const code = await run(process.execPath, [path.join(root, "scripts/build.mjs")]);
  if (code !== 0) {
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}
for (const room of rooms) {
  const startedAt = performance.now();
  console.log(`\n── ${room}`);
  try {
    if (room === "checks") await checks();
    else if (room === "browser") await browser();
    else await vitest(room);
  } catch (error) {
    console.error(error.message);
    totals.failed += 1;
  }
  slow.push(`${room} ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${slow.join(" · ")}`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);

// The README's test command: every test there is, one room after the other. The last line counts them all.
//
//   npm test                                   all of them, on the stores that are built in
//   npm test -- etcd browser                   some rooms
//   npm test -- etcd --stores=servers          on PostgreSQL and a server that speaks ClickHouse's protocol
//   npm test -- --with-checks                  format, lint and types before them
//
// A file of the rooms that work with real processes may fail for what else the machine does. Such files are run once
// more, alone, after everything else: what fails again has failed, and what does not is named as unsteady (ADR 0029).
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { playwrightResults, vitestResults } from "./test-reports.mjs";

if (process.argv.includes("--stores=servers")) process.env.LEVERFRAME_TEST_STORES = "servers";

const root = path.resolve(import.meta.dirname, "..");
const bin = (name) => path.join(root, "node_modules", ".bin", name);
const reports = mkdtempSync(path.join(tmpdir(), "leverframe-test-"));
const only = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const ROOMS = ["checks", "unit", "etcd", "destructive", "browser"];
const rooms =
  only.length > 0
    ? only
    : ROOMS.filter((room) => room !== "checks" || process.argv.includes("--with-checks"));
/** These rooms run what production runs. */
const BUILT = new Set(["etcd", "destructive", "browser"]);
/** More files than these that fail are no accident of the machine. */
const MOST_SECOND_RUNS = 5;

const totals = { passed: 0, failed: 0 };
/** Files that failed, to be run again: room, file, and what the first run said of it. */
const again = [];
const unsteady = [];
const failed = [];
const times = [];

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

async function checks() {
  for (const [name, command, args] of [
    ["format", bin("biome"), ["check", "--linter-enabled=false"]],
    ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
    ["types", process.execPath, [path.join(root, "scripts/types.mjs")]],
  ]) {
    const code = await run(command, args);
    console.log(`${String(name)}: ${code === 0 ? "passed" : "FAILED"}`);
    if (code === 0) totals.passed += 1;
    else fail("checks", name);
  }
}

function fail(room, what) {
  totals.failed += 1;
  failed.push(`${room}: ${what}`);
}

/** Runs a room, or some files of it. Gives how its runner ended, and what it says of each file. */
async function runRoom(room, report, files = []) {
  if (room === "browser") {
    const code = await run(bin("playwright"), ["test", "--reporter=list,json", ...files], {
      CHROMIUM_PATH: ensureChromium(),
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
    });
    return { code, results: playwrightResults(report, path.join(root, "test/browser")) };
  }
  const code = await run(bin("vitest"), [
    "run",
    `--project=${room}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...files,
  ]);
  return { code, results: vitestResults(report) };
}

async function wholeRoom(room) {
  const { code, results } = await runRoom(room, path.join(reports, `${room}.json`));
  let passed = 0;
  let broken = 0;
  for (const [file, result] of results) {
    passed += result.passed;
    if (result.failures.length === 0) continue;
    broken++;
    if (BUILT.has(room)) again.push({ room, file, result });
    else for (const name of result.failures) fail(room, `${path.relative(root, file)} › ${name}`);
  }
  totals.passed += passed;
  // A room that ends badly without naming a test has failed once itself.
  if (code !== 0 && broken === 0) fail(room, `its runner ended with ${code}, and named no test`);
  if (code === 0 && passed === 0) fail(room, "no test ran");
}

/** One file once more, alone. Its figures are those of this run. */
async function secondRun({ room, file, result }, index) {
  const { code, results } = await runRoom(room, path.join(reports, `again-${index}.json`), [file]);
  const second = results.get(file);
  const place = path.relative(root, file);
  if (second !== undefined && second.failures.length === 0 && code === 0) {
    totals.passed += second.passed - result.passed;
    for (const name of result.failures) unsteady.push(`${room}: ${place} › ${name}`);
    return;
  }
  if (second !== undefined) totals.passed += second.passed - result.passed;
  const failures = second?.failures.length ? second.failures : result.failures;
  for (const name of failures) fail(room, `${place} › ${name}`);
}

async function timed(name, work) {
  const startedAt = performance.now();
  console.log(`\n── ${name}`);
  try {
    await work();
  } catch (error) {
    fail(name, error.message);
  }
  times.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

if (rooms.some((room) => BUILT.has(room))) {
  const code = await run(process.execPath, [path.join(root, "scripts/build.mjs")]);
  if (code !== 0) {
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}
for (const room of rooms) await timed(room, () => (room === "checks" ? checks() : wholeRoom(room)));
if (again.length > MOST_SECOND_RUNS) {
  for (const { room, file, result } of again)
    for (const name of result.failures) fail(room, `${path.relative(root, file)} › ${name}`);
} else if (again.length > 0) {
  await timed("once more, alone", async () => {
    for (const [index, one] of again.entries()) await secondRun(one, index);
  });
}
rmSync(reports, { recursive: true, force: true });

const list = (title, names) => {
  if (names.length > 0) console.log(`\n${title}\n${names.map((name) => `  ${name}`).join("\n")}`);
};
list("Unsteady: failed among the others, passed alone. To be mended:", unsteady);
list("Failed:", failed);
console.log(`\n${times.join(" · ")}`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);

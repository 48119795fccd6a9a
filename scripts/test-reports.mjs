// What a test runner's report says, file by file.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * @typedef {object} FileResult
 * @property {number} passed
 * @property {readonly string[]} failures Names of what failed; one of the file's own where it did not get to its tests.
 */

/** @returns {Map<string, FileResult>} By file; empty where the runner wrote nothing. */
export function vitestResults(report) {
  const files = new Map();
  for (const file of read(report)?.testResults ?? []) {
    const failures = file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => fullName);
    if (file.status === "failed" && failures.length === 0) failures.push(firstLine(file.message));
    const passed = file.assertionResults.filter(({ status }) => status === "passed").length;
    files.set(file.name, { passed, failures });
  }
  return files;
}

/** @returns {Map<string, FileResult>} By file; empty where the runner wrote nothing. */
export function playwrightResults(report, directory) {
  const files = new Map();
  const walk = (suite, above) => {
    for (const spec of suite.specs ?? []) {
      const file = path.resolve(directory, spec.file);
      const known = files.get(file) ?? { passed: 0, failures: [] };
      for (const { status } of spec.tests) {
        if (status === "expected") known.passed++;
        else if (status !== "skipped") known.failures.push([...above, spec.title].join(" › "));
      }
      files.set(file, known);
    }
    for (const inner of suite.suites ?? []) walk(inner, [...above, inner.title]);
  };
  for (const suite of read(report)?.suites ?? []) walk(suite, []);
  return files;
}

const read = (report) => (existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined);

const firstLine = (message) => String(message ?? "").split("\n", 1)[0] || "it did not get to its tests";

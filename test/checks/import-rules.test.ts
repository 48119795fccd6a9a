import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Guarantee: who may import whom (docs/architecture.md) is held by lint, not by memory. Violations are planted here. */
let root = "";
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "leverframe-imports-"));
  copyFileSync(".oxlintrc.json", path.join(root, ".oxlintrc.json"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function lint(files: Readonly<Record<string, string>>): string {
  rmSync(path.join(root, "src"), { recursive: true, force: true });
  rmSync(path.join(root, "agent"), { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const { stdout } = spawnSync(path.resolve("node_modules/.bin/oxlint"), [], {
    cwd: root,
    encoding: "utf8",
  });
  return stdout;
}

test.each([
  ["agent/src/protocol/a.ts", "../rules/index.ts", "protocol imports only zod"],
  ["agent/src/rules/a.ts", "../etcd/index.ts", "rules"],
  ["agent/src/rules/a.ts", "node:fs", "rules are pure"],
  ["agent/src/levers/a.ts", "../../../src/domain/errors.ts", "the agent imports nothing of src"],
  ["agent/src/levers/a.ts", "@opentelemetry/api", "the agent's core knows no OpenTelemetry"],
  ["agent/src/otel/a.ts", "../../../src/domain/errors.ts", "the agent imports nothing of src"],
  ["src/domain/a.ts", "../infra/clock.ts", "domain imports itself"],
  ["src/domain/unleash/a.ts", "../../infra/clock.ts", "domain imports itself"],
  ["src/domain/a.ts", "@leverframe/agent/etcd", "domain imports agent/"],
  ["src/features/publish/a.ts", "../../infra/etcd/publish-store.ts", "a feature imports domain"],
  ["src/features/publish/a.ts", "../../server/trpc.ts", "a feature imports domain"],
  [
    "src/features/publish/publish-router.ts",
    "../../server/http-server.ts",
    "of the server a router imports trpc alone",
  ],
  ["src/infra/a.ts", "../server/trpc.ts", "infra serves ports"],
  ["src/telemetry/ingest/a.ts", "../../infra/clock.ts", "the store's and the ingest's programs"],
  ["src/server/a.ts", "../wiring/control-plane.ts", "the server is wired from outside"],
  ["src/ui/a.ts", "../server/app-router.ts", "server code as types only"],
  ["src/app/a.ts", "@leverframe/agent/etcd", "the console imports"],
])("%s must not import %s: %s", (file, target, message) => {
  expect(lint({ [file]: `import { thing } from "${target}";\nexport const other = thing;\n` })).toContain(
    message,
  );
});

test.each([
  [
    "src/ui/a.ts",
    'import type { AppRouter } from "../server/app-router.ts";\nexport type Other = AppRouter;\n',
  ],
  ["src/ui/a.ts", 'import { bucketBp } from "@leverframe/agent/rules";\nexport const other = bucketBp;\n'],
  [
    "src/features/publish/publish-router.ts",
    'import { router } from "../../server/trpc.ts";\nexport const other = router;\n',
  ],
  [
    "src/domain/a.ts",
    'import { parseKey } from "@leverframe/agent/protocol";\nexport const other = parseKey;\n',
  ],
])("%s may: %s", (file, text) => {
  expect(lint({ [file]: text })).not.toContain("no-restricted-imports");
});

test("a cycle is caught", () => {
  const files = {
    "src/domain/a.ts": 'import { b } from "./b.ts";\nexport const a = (): number => b();\n',
    "src/domain/b.ts": 'import { a } from "./a.ts";\nexport const b = (): number => a();\n',
  };
  expect(lint(files)).toContain("no-cycle");
});

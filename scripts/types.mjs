// Types of everything: the product and its tests. Next's own declarations are made first.
import { spawnSync } from "node:child_process";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const run = (file, args) =>
  spawnSync(process.execPath, [path.join(root, "node_modules", file), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  }).status ?? 1;

const made = run("next/dist/bin/next", ["typegen"]);
process.exit(made === 0 ? run("typescript/bin/tsc", ["--noEmit", "-p", "tsconfig.json"]) : made);

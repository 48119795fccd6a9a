import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

/** Runs `test/{room}/{name}.ts` and ends as it ends; lists the names where none is given. */
export function runProgram(room, [name, ...rest]) {
  const names = readdirSync(path.join(root, "test", room))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
  if (!names.includes(name)) {
    console.error(`npm run ${room} -- NAME, with NAME one of: ${names.join(", ")}`);
    process.exit(2);
  }
  const child = spawn(
    path.join(root, "node_modules/.bin/tsx"),
    ["-C", "leverframe-source", path.join(root, "test", room, `${name}.ts`), ...rest],
    { cwd: root, stdio: "inherit", env: { ...process.env, NODE_ENV: "production" } },
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("exit", (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

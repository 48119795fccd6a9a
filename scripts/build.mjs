// Builds what production runs: the console's static shells in `out/`, the server, the CLI and the demo in `dist/`.
// Does nothing where nothing changed since the last time: a second `npm run demo` starts at once.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const root = path.resolve(import.meta.dirname, "..");
const stampFile = path.join(root, "dist", "stamp.json");
const PAGES = [
  "src/app",
  "src/ui",
  "src/domain",
  "agent/src/protocol",
  "agent/src/rules",
  "public",
  "next.config.js",
  "postcss.config.mjs",
];
const PROGRAMS = ["src", "agent/src", "demo", "package.json", "scripts/build.mjs"];
const LOCK = "package-lock.json";

function digest(places) {
  const hash = createHash("sha256");
  const visit = (file) => {
    const full = path.join(root, file);
    if (!existsSync(full)) return;
    const entries = readdirSync(full, { withFileTypes: true, recursive: false });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = path.join(file, entry.name);
      if (entry.isDirectory()) visit(child);
      else if (!/\.test\.tsx?$/.test(entry.name))
        hash.update(child).update(readFileSync(path.join(root, child)));
    }
  };
  for (const place of [...places, LOCK]) {
    const full = path.join(root, place);
    if (!existsSync(full)) continue;
    if (/\.[a-z]+$/.test(place)) hash.update(place).update(readFileSync(full));
    else visit(place);
  }
  return hash.digest("hex");
}

const readStamp = () => {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return {};
  }
};

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    });
    let output = "";
    child.stdout.on("data", (part) => (output += part));
    child.stderr.on("data", (part) => (output += part));
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(" ")} failed:\n${output}`)),
    );
  });
}

const buildPages = () => run(process.execPath, [path.join(root, "node_modules/next/dist/bin/next"), "build"]);

async function buildPrograms() {
  const entryPoints = {
    server: "src/main.ts",
    cli: "src/cli/main.ts",
    demo: "demo/main.ts",
    "telemetry-store": "src/telemetry/store/main.ts",
    ingest: "src/telemetry/ingest/main.ts",
    "demo-shop": "demo/shop/main.ts",
    "demo-load": "demo/load/main.ts",
    "demo-trouble": "demo/trouble/main.ts",
  };
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints,
    write: false,
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: true,
    conditions: ["leverframe-source"],
    // The workspace is bundled; everything from npm stays outside (etcd3 loads its .proto by its own place).
    plugins: [
      {
        name: "packages-stay-outside",
        setup(builder) {
          builder.onResolve({ filter: /^[^./]/ }, (args) => {
            if (args.kind === "entry-point" || args.path.startsWith("@leverframe/")) return undefined;
            return { path: args.path, external: true };
          });
        },
      },
    ],
    logLevel: "error",
  });
  // Put in place whole: a program that starts at this moment reads the old file or the new one, never half of one.
  mkdirSync(path.join(root, "dist"), { recursive: true });
  for (const { path: file, contents } of outputFiles) {
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, contents);
    renameSync(temporary, file);
  }
}

const wanted = { pages: digest(PAGES), programs: digest(PROGRAMS) };
const force = process.argv.includes("--force");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);
const stamp = force ? {} : readStamp();
const startedAt = performance.now();
const pagesNeeded =
  only !== "programs" && (stamp.pages !== wanted.pages || !existsSync(path.join(root, "out", "index.html")));
const programsNeeded =
  only !== "pages" &&
  (stamp.programs !== wanted.programs || !existsSync(path.join(root, "dist", "server.mjs")));
await Promise.all([pagesNeeded ? buildPages() : undefined, programsNeeded ? buildPrograms() : undefined]);
mkdirSync(path.dirname(stampFile), { recursive: true });
writeFileSync(
  stampFile,
  JSON.stringify({
    pages: pagesNeeded ? wanted.pages : stamp.pages,
    programs: programsNeeded ? wanted.programs : stamp.programs,
  }),
);
if (pagesNeeded || programsNeeded)
  console.log(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);

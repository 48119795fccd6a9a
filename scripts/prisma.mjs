// Makes what is derived from prisma/schema.prisma, and is committed: the schema of PostgreSQL, the generated client, and
// with `--migration NAME` one migration for each provider. Run it after every change of the schema:
//
//   node scripts/prisma.mjs [--migration add-something]
//
// Prisma's own command line is no dependency of ours: it weighs 300 MB, and downloads an engine at each install. It is
// installed here, into the cache, when a developer runs this; migrations are worked out by Prisma's engine as
// WebAssembly, without a database. Nothing of this runs in `npm ci`, a build, a test or a start.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { postgresqlSchema, SCHEMAS } from "./prisma-schemas.mjs";

const root = path.resolve(import.meta.dirname, "..");
const at = (...parts) => path.join(root, ...parts);
const tools = at("node_modules", ".cache", "leverframe-prisma-7.10.0");
const PACKAGES = [
  "prisma@7.10.0",
  "@prisma/client@7.10.0",
  "@prisma/adapter-libsql@7.10.0",
  "@prisma/driver-adapter-utils@7.10.0",
  "@prisma/schema-engine-wasm@7.10.0-4.0edf323efd1d98336f3f0a68684b56f689b900d3",
  "pglite-prisma-adapter@0.7.2",
  "@electric-sql/pglite@0.4.3",
];

function run(command, args, cwd, env = {}) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, ...env } });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

function installTools() {
  if (existsSync(path.join(tools, "ready"))) return;
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(tools, "package.json"), '{"name":"tools","private":true,"type":"module"}');
  run("npm", ["install", "--no-save", "--ignore-scripts", "--engine-strict=false", ...PACKAGES], tools);
  writeFileSync(path.join(tools, "ready"), "");
}

/** The client of SQLite whole, and of PostgreSQL's what differs at run time: the class and the schema within. */
function generate() {
  const work = mkdtempSync(path.join(tmpdir(), "leverframe-prisma-"));
  try {
    for (const [provider, file] of Object.entries(SCHEMAS)) {
      const schema = path.join(work, provider, "prisma", "schema.prisma");
      mkdirSync(path.dirname(schema), { recursive: true });
      const text = readFileSync(at(file), "utf8");
      writeFileSync(schema, text.replace(/^ {2}output .*$/m, '  output = "../generated"'));
      run(
        process.execPath,
        [path.join(tools, "node_modules/prisma/build/index.js"), "generate", "--schema", schema],
        tools,
        // Any executable: generating needs no engine, but the command line would fetch one.
        { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
      );
    }
    const made = at("src/infra/sql/generated");
    rmSync(made, { recursive: true, force: true });
    cpSync(path.join(work, "sqlite/generated"), made, { recursive: true });
    for (const browser of ["browser.ts", "internal/prismaNamespaceBrowser.ts"])
      rmSync(path.join(made, browser));
    cpSync(
      path.join(work, "postgresql/generated/internal/class.ts"),
      path.join(made, "internal/class-postgresql.ts"),
    );
    for (const [provider, file] of [
      ["sqlite", "class.ts"],
      ["postgresql", "class-postgresql.ts"],
    ]) {
      const target = path.join(made, "internal", file);
      const ours = JSON.stringify(readFileSync(at(SCHEMAS[provider]), "utf8"));
      const given = readFileSync(target, "utf8");
      // As it is written here: a test compares them.
      writeFileSync(
        target,
        given.replace(/"inlineSchema": "(?:[^"\\]|\\.)*"/, () => `"inlineSchema": ${ours}`),
      );
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const stampOf = (now) => now.toISOString().replace(/\D/g, "").slice(0, 14);

/** From the schema that the last migration left (kept beside it) to the present one. */
function migrate(name, stamp) {
  for (const [provider, file] of Object.entries(SCHEMAS)) {
    const folder = at("prisma/migrations", provider);
    mkdirSync(folder, { recursive: true });
    const left = path.join(folder, "schema-after.prisma");
    const script = run(
      process.execPath,
      [at("scripts/prisma-diff.mjs"), tools, existsSync(left) ? left : "-", at(file)],
      root,
    );
    if (script.includes("This is an empty migration")) continue;
    const target = path.join(folder, `${stamp}_${name}`);
    mkdirSync(target);
    writeFileSync(
      path.join(target, "migration.sql"),
      `${script.replace(/^-- CreateSchema\n.*\n\n/, "").trim()}\n`,
    );
    writeFileSync(left, readFileSync(at(file)));
  }
}

/** One module that a bundle takes in, so that a server finds its migrations wherever it stands. */
function embed() {
  const all = Object.keys(SCHEMAS).map((provider) => {
    const folder = at("prisma/migrations", provider);
    const names = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^\d{14}_/.test(name))
          .sort()
      : [];
    return [
      provider,
      names.map((name) => ({ name, sql: readFileSync(path.join(folder, name, "migration.sql"), "utf8") })),
    ];
  });
  writeFileSync(
    at("src/infra/sql/generated/migrations.ts"),
    `// Made by scripts/prisma.mjs from prisma/migrations. Do not edit.\nexport const MIGRATIONS = ${JSON.stringify(Object.fromEntries(all), null, 2)} as const;\n`,
  );
}

const option = process.argv.indexOf("--migration");
const name = option === -1 ? undefined : process.argv[option + 1];
if (option !== -1 && !/^[a-z0-9-]+$/.test(name ?? ""))
  throw new Error("--migration wants a name of a-z, 0-9 and -");
writeFileSync(at(SCHEMAS.postgresql), postgresqlSchema(readFileSync(at(SCHEMAS.sqlite), "utf8")));
installTools();
generate();
if (name !== undefined) migrate(name, stampOf(new Date()));
embed();
console.log("Made prisma/postgresql/schema.prisma, src/infra/sql/generated and its migrations.");

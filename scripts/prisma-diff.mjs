// Prints the SQL that leads from one schema to another, by Prisma's schema engine as WebAssembly (see prisma.mjs):
//   node scripts/prisma-diff.mjs TOOLS FROM TO      FROM may be "-", for an empty database
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [, , toolsFolder, from, to] = process.argv;
const tools = createRequire(path.join(toolsFolder, "package.json"));
const load = (name) => import(pathToFileURL(tools.resolve(name)).href);
const target = readFileSync(to, "utf8");

/** Where the engine looks up what its dialect can do; nothing is stored. */
async function scratchDatabase() {
  if (!/provider *= *"postgresql"/.test(target)) {
    const { PrismaLibSql } = await load("@prisma/adapter-libsql");
    return new PrismaLibSql({ url: ":memory:" });
  }
  const { PrismaPGlite } = await load("pglite-prisma-adapter");
  const { PGlite } = await load("@electric-sql/pglite");
  return new PrismaPGlite(await PGlite.create());
}

const folder = path.dirname(tools.resolve("@prisma/schema-engine-wasm"));
const binding = await import(pathToFileURL(path.join(folder, "schema_engine_bg.js")).href);
const module = new WebAssembly.Module(readFileSync(path.join(folder, "schema_engine_bg.wasm")));
const instance = new WebAssembly.Instance(module, { "./schema_engine_bg.js": binding });
binding.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();
const { bindMigrationAwareSqlAdapterFactory } = await load("@prisma/driver-adapter-utils");
const engine = await binding.SchemaEngine.new(
  { datamodels: [[to, target]] },
  () => undefined,
  bindMigrationAwareSqlAdapterFactory(await scratchDatabase()),
);
const schema = (file) => ({
  tag: "schemaDatamodel",
  files: [{ path: file, content: readFileSync(file, "utf8") }],
});
const { stdout } = await engine.diff({
  from: from === "-" ? { tag: "empty" } : schema(from),
  to: schema(to),
  script: true,
  shadowDatabaseUrl: null,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
process.stdout.write(stdout ?? "", () => process.exit(0));

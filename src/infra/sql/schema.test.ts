import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { postgresqlSchema, SCHEMAS } from "../../../scripts/prisma-schemas.mjs";
import { migrationsOf } from "./migrations.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const AGAIN = "run: node scripts/prisma.mjs (and --migration NAME where the models changed)";
const generated = { sqlite: "class.ts", postgresql: "class-postgresql.ts" } as const;

describe("the one written schema", () => {
  it("is PostgreSQL's too, but for the provider", () => {
    expect(read(SCHEMAS.postgresql), AGAIN).toBe(postgresqlSchema(read(SCHEMAS.sqlite)));
  });

  for (const provider of ["sqlite", "postgresql"] as const) {
    it(`is what the committed client of ${provider} was made from`, () => {
      const client = read(`src/infra/sql/generated/internal/${generated[provider]}`);
      expect(client.includes(`"inlineSchema": ${JSON.stringify(read(SCHEMAS[provider]))}`), AGAIN).toBe(true);
    });

    it(`is where the committed migrations of ${provider} lead`, () => {
      expect(modelsOf(read(`prisma/migrations/${provider}/schema-after.prisma`)), AGAIN).toBe(
        modelsOf(read(SCHEMAS[provider])),
      );
    });

    it(`has the migrations of ${provider} in the program`, () => {
      const folder = path.join(root, "prisma/migrations", provider);
      const committed = readdirSync(folder)
        .filter((name) => existsSync(path.join(folder, name, "migration.sql")))
        .sort()
        .map((name) => ({ name, sql: readFileSync(path.join(folder, name, "migration.sql"), "utf8") }));
      expect(committed.length).toBeGreaterThan(0);
      expect(migrationsOf(provider), AGAIN).toEqual(committed);
    });
  }
});

/** Without comments and spaces, which need no migration. */
const modelsOf = (schema: string): string =>
  schema
    .replace(/^\s*\/\/.*$/gm, "")
    .slice(schema.indexOf("datasource"))
    .replace(/\s+/g, " ");

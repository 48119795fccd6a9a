// The one written schema, and the one made from it.
export const SCHEMAS = {
  sqlite: "prisma/schema.prisma",
  postgresql: "prisma/postgresql/schema.prisma",
};

/** The same models for PostgreSQL: only the provider, and where the client would go, differ. */
export function postgresqlSchema(sqlite) {
  return sqlite
    .replace(
      /^\/\/ The one schema[\s\S]*?\n\n/,
      "// Made from ../schema.prisma by scripts/prisma.mjs. Do not edit.\n\n",
    )
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace('"../src/infra/sql/generated"', '"../../src/infra/sql/generated"');
}

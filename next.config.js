import path from "node:path";
import { fileURLToPath } from "node:url";

/** The formatter of compiled messages, as Turbopack wants a file: relative to here. */
const formatOnly = path.relative(
  import.meta.dirname,
  fileURLToPath(import.meta.resolve("use-intl/format-message/format-only")),
);

/**
 * Pages are static shells (DESIGN §3): `next build` writes `out/`, which our own server serves; nothing here may need
 * a Next server. Types are checked by `tsc` in `npm run check`, so the build does not check them again.
 *
 * @type {import("next").NextConfig}
 */
const config = {
  output: "export",
  images: { unoptimized: true },
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  // The server prints the loopback address by number: its pages must load from there in development too.
  allowedDevOrigins: ["127.0.0.1", "localhost"],
  typescript: { ignoreBuildErrors: true, tsconfigPath: "tsconfig.next.json" },
  experimental: { optimizePackageImports: ["radix-ui", "lucide-react"] },
  turbopack: {
    root: import.meta.dirname,
    // Messages are compiled here, so that the browser formats them without a parser of their syntax.
    rules: {
      "*.json": {
        loaders: [
          {
            loader: "next-intl/extractor/catalogLoader",
            options: { messages: { format: "json", precompile: true } },
          },
        ],
        condition: { path: /^src\/ui\/messages\// },
        as: "*.js",
      },
    },
    resolveAlias: {
      "use-intl/format-message": `./${formatOnly.replaceAll("\\", "/")}`,
      "@leverframe/agent/protocol": "./agent/src/protocol/index.ts",
      "@leverframe/agent/rules": "./agent/src/rules/index.ts",
    },
  },
};

export default config;

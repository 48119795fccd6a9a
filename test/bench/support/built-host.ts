import { mkdirSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

/**
 * Builds a host of `test/bench/hosts` as the product's own programs are built, and gives its path: what is timed in it
 * is then the code that a service installs, without what a loader of TypeScript adds to each function.
 */
export async function builtHost(name: string): Promise<string> {
  const outdir = path.resolve("dist/bench");
  mkdirSync(outdir, { recursive: true });
  const outfile = path.join(outdir, `${name}.mjs`);
  await build({
    entryPoints: [path.resolve("test/bench/hosts", `${name}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    conditions: ["leverframe-source"],
    plugins: [
      {
        name: "packages-stay-outside",
        setup(builder) {
          builder.onResolve({ filter: /^[^./]/ }, (args) =>
            args.kind === "entry-point" || args.path.startsWith("@leverframe/")
              ? undefined
              : { path: args.path, external: true },
          );
        },
      },
    ],
    logLevel: "error",
  });
  return outfile;
}

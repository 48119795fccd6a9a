import { randomBytes } from "node:crypto";
import { access, constants, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { programOnPath, unpackDebianPackage } from "../../src/infra/debian-package.ts";

const CACHE = path.resolve(".leverframe/cache/prometheus");

const PACKAGES = {
  prometheus: "prometheus",
  promtool: "prometheus",
  "prometheus-alertmanager": "prometheus-alertmanager",
} as const;

export type PrometheusProgram = keyof typeof PACKAGES;

/**
 * The distribution's own Prometheus, promtool or Alertmanager: on PATH, else unpacked into the project's cache (no root,
 * no service started). Throws where there is no apt.
 */
export async function findPrometheusProgram(program: PrometheusProgram): Promise<string> {
  const found = await programOnPath(program);
  if (found !== undefined) return found;
  const packageName = PACKAGES[program];
  const home = path.join(CACHE, packageName);
  const binary = path.join(home, "usr", "bin", program);
  if (await isThere(binary)) return binary;
  const work = path.join(CACHE, `.fetch-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(work, { recursive: true });
  try {
    const unpacked = await unpackDebianPackage({ packageName, work });
    if (program === "prometheus-alertmanager") await relocate(path.join(unpacked, "usr", "bin", program));
    // Whoever came first, put the same there.
    await rename(unpacked, home).catch(async (error: unknown) => {
      if (!(await isThere(binary))) throw error;
    });
    return binary;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Where Alertmanager finds its templates: start it in this directory. */
export const alertmanagerDirectory = (): string =>
  path.join(CACHE, "prometheus-alertmanager", "usr/share/prometheus/alertmanager");

const INSTALLED = "/usr/share/prometheus/alertmanager";

/** The package's binary looks for its templates where they are installed; ours are not. As long a path, to where it runs. */
async function relocate(binary: string): Promise<void> {
  const bytes = await readFile(binary);
  const here = "/proc/self/cwd".padEnd(INSTALLED.length, "/");
  for (let at = bytes.indexOf(INSTALLED); at >= 0; at = bytes.indexOf(INSTALLED, at + 1))
    bytes.write(here, at);
  await writeFile(binary, bytes);
}

const isThere = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

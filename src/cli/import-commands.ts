import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { formatRef, LIMITS, resourceName, serviceName } from "@leverframe/agent/protocol";
import type { Command } from "commander";
import type { EditRequest } from "../domain/change-set-request.ts";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import { importUnleashFile } from "./import-unleash.ts";
import { EXIT, type GlobalOptions, openSession, type Session } from "./session.ts";
import { sendInParts, type WriteOptions } from "./write-commands.ts";

interface ImportOptions extends WriteOptions {
  readonly service: string;
  readonly secret: boolean;
}

const FORMATS: Readonly<Record<string, "json" | "yaml" | "properties" | "text">> = {
  ".json": "json",
  ".yaml": "yaml",
  ".yml": "yaml",
  ".properties": "properties",
  ".txt": "text",
  ".conf": "text",
};
const MOST_FILES = 1_000;

/**
 * `import FILE…`: configuration files become configs of a service, as one change set where it fits.
 * `import unleash FILE`: the features of Unleash become flags.
 */
export function addImportCommand(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
  writing: (command: Command) => Command,
): void {
  writing(program.command("import").argument("<files...>", "files, or directories of them; or unleash FILE"))
    .requiredOption("-s, --service <name>", "whose configs they become; * for every service's flags")
    .option("--secret", "close their values before they are stored anywhere", false)
    .description(
      `configuration files (${Object.keys(FORMATS).join(" ")}) as configs named like them, or an export of Unleash's (import unleash FILE) as flags; for what export wrote: apply`,
    )
    .action(async (files: string[], options: ImportOptions) => {
      const session = await openSession(program.opts<GlobalOptions>(), environment);
      try {
        const [first, file, ...more] = files;
        const isUnleash = first === "unleash" && file !== undefined && more.length === 0;
        if (isUnleash && options.secret) throw new DomainError("INVALID", "A flag can't be secret.");
        exit(
          isUnleash
            ? await importUnleashFile(session, file, options)
            : await importFiles(session, files, options),
        );
      } finally {
        await session.levers.close();
      }
    });
}

async function importFiles(
  session: Session,
  paths: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const service = serviceName.parse(options.service);
  const files = (await Promise.all(paths.map(filesAt))).flat();
  if (files.length === 0) {
    throw new DomainError("INVALID", `There is no ${Object.keys(FORMATS).join(", ")} file there.`);
  }
  if (files.length > MOST_FILES) throw new DomainError("TOO_LARGE", `At most ${MOST_FILES} files at a time.`);
  const { levers } = await session.levers.board(session.env, { service, kind: "config" });
  const standing = new Map(levers.map((row) => [row.name, row]));
  const edits = new Map<string, EditRequest>();
  for (const file of files) {
    const name = nameOf(file);
    const row = standing.get(name);
    const spec = { format: FORMATS[path.extname(file)] ?? "text", value: await read(file) };
    const edit: EditRequest = {
      service,
      kind: "config",
      name,
      op: "put",
      spec,
      ...(options.secret ? { secret: true } : {}),
      baseRevision: row?.revision ?? 0,
    };
    if (edits.has(name)) throw new DomainError("INVALID", `Two files would be ${formatRef(edit)}: ${file}.`);
    const same = row?.resource !== undefined && isSame(row.resource.spec, spec);
    if (!same) edits.set(name, edit);
  }
  if (edits.size === 0) {
    session.print({ changed: false }, () => [
      "Every config stands like that already: nothing was published.",
    ]);
    return EXIT.ok;
  }
  return sendInParts(session, [...edits.values()], options);
}

const isSame = (standing: object, spec: { readonly format: string; readonly value: string }): boolean =>
  "format" in standing &&
  "value" in standing &&
  standing.format === spec.format &&
  standing.value === spec.value;

async function filesAt(given: string): Promise<string[]> {
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) throw new DomainError("INVALID", `There is no ${given}.`);
  if (!found.isDirectory()) {
    if (path.extname(given) in FORMATS) return [given];
    throw new DomainError("INVALID", `${given}: only ${Object.keys(FORMATS).join(", ")} can be imported.`);
  }
  const entries = await readdir(given, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && path.extname(entry.name) in FORMATS)
    .map((entry) => path.join(given, entry.name))
    .sort();
}

/** `Application-prod.YAML` → `application-prod`. Throws INVALID where no such name is allowed. */
function nameOf(file: string): string {
  const name = path.basename(file, path.extname(file)).toLowerCase();
  const parsed = resourceName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new DomainError(
    "INVALID",
    `${file}: ${parsed.error.issues[0]?.message ?? "can't be a name"}. Rename it.`,
  );
}

async function read(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length > LIMITS.specBytes) {
    throw new DomainError(
      "TOO_LARGE",
      `${file} is ${bytes.length} bytes; a config holds ${LIMITS.specBytes}.`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DomainError("INVALID", `${file} is not UTF-8 text.`, { cause });
  }
}

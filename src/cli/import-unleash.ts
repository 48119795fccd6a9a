import { readFile, stat } from "node:fs/promises";
import { FLAG_MIN_AGENT, formatRef, resourceScope } from "@leverframe/agent/protocol";
import type { EditRequest } from "../domain/change-set-request.ts";
import { DomainError } from "../domain/errors.ts";
import type { LeverRow } from "../domain/levers.ts";
import { type ImportedFlag, importUnleash, type UnleashImport } from "../domain/unleash/import.ts";
import { EXIT, type Session } from "./session.ts";
import { sendInParts, type WriteOptions } from "./write-commands.ts";

const MOST_BYTES = 32 * 1024 * 1024;

/** `import unleash FILE`: features of Unleash become configs that are flags, in as many change sets as it takes. */
export async function importUnleashFile(
  session: Session,
  file: string,
  options: WriteOptions & { readonly service: string },
): Promise<number> {
  const service = resourceScope.parse(options.service);
  const imported = importUnleash(await readJson(file));
  const { levers } = await session.levers.board(session.env, { service, kind: "config" });
  const standing = new Map(levers.map((row) => [row.name, row]));
  const edits: EditRequest[] = [];
  const fates = imported.flags.map((flag) => {
    const row = standing.get(flag.name);
    const fate = fateOf(flag, row);
    if (fate === "new" || fate === "changed") edits.push(editOf(service, flag, row));
    return { flag, fate };
  });
  report(service, fates, imported.refused);
  const kept = fates.filter(({ fate }) => fate === "another's").length + imported.refused.length;
  if (edits.length === 0) {
    session.print({ changed: false }, () => ["Nothing differs: nothing was published."]);
    return kept > 0 ? EXIT.refused : EXIT.ok;
  }
  const code = await sendInParts(session, edits, options);
  return code === EXIT.ok && kept > 0 ? EXIT.refused : code;
}

type Fate = "new" | "changed" | "same" | "another's";

function fateOf(flag: ImportedFlag, row: LeverRow | undefined): Fate {
  if (row === undefined) return "new";
  const spec = row.resource?.spec;
  if (spec === undefined || !("format" in spec) || spec.format !== "flag") return "another's";
  return spec.value === textOf(flag) ? "same" : "changed";
}

const textOf = ({ flag }: ImportedFlag): string => JSON.stringify(flag, null, 2);

/** What its authors wrote beside a flag here stays when it is imported again, and so does a rollout. */
function editOf(service: string, flag: ImportedFlag, row: LeverRow | undefined): EditRequest {
  const { name, description, tags } = flag;
  const rollout = row?.resource?.rollout;
  const meta = {
    ...(description === undefined ? {} : { description }),
    tags: [...tags],
    minAgent: FLAG_MIN_AGENT,
  };
  return {
    service,
    kind: "config",
    name,
    op: "put",
    spec: { format: "flag", value: textOf(flag) },
    ...(rollout === undefined ? {} : { rollout }),
    ...(row === undefined ? { meta } : {}),
    baseRevision: row?.revision ?? 0,
  };
}

/** On standard error: what is published goes to standard output, which a program may read. */
function report(
  service: string,
  fates: readonly { readonly flag: ImportedFlag; readonly fate: Fate }[],
  refused: UnleashImport["refused"],
): void {
  const lines = fates.map(({ flag, fate }) => {
    const to = formatRef({ service, kind: "config", name: flag.name });
    if (fate === "another's")
      return `${flag.feature}: left out, ${to} stands and is no flag. Rename it, or delete it.`;
    return [`${flag.feature} → ${to} (${fate})`, ...flag.notes.map((note) => `  ${note}`)].join("\n");
  });
  for (const { feature, why } of refused) lines.push(`${feature}: left out, ${why}`);
  const same = fates.filter(({ fate }) => fate === "same").length;
  lines.push(`${fates.length + refused.length} features: ${same} the same, ${refused.length} refused.`);
  process.stderr.write(`${lines.join("\n")}\n`);
}

async function readJson(file: string): Promise<unknown> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw new DomainError("INVALID", `There is no file ${file}.`);
  if (found.size > MOST_BYTES) {
    throw new DomainError("TOO_LARGE", `${file} is ${found.size} bytes; at most ${MOST_BYTES} are read.`);
  }
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (cause) {
    throw new DomainError("INVALID", `${file} is not JSON.`, { cause });
  }
}

import { type EditableMeta, editableMeta, resourceName, resourceScope } from "@leverframe/agent/protocol";
import type { EditInput } from "../api/contract.ts";
import type { TrayEdit } from "../tray/tray-edit.ts";
import { faultOf } from "./check-text.ts";
import type { ConfigRow, Format } from "./config-row.ts";

/** One config as a file holds it: what `leverframe export` writes and `leverframe apply` reads. */
export interface ConfigDocument {
  readonly service: string;
  readonly kind: "config";
  readonly name: string;
  readonly spec: { readonly format: Format; readonly value: string };
  readonly meta?: EditableMeta;
}

export interface ExportFile {
  readonly env: string;
  readonly revision: number;
  readonly levers: readonly ConfigDocument[];
}

/** What an export holds: configs that can be read here. Secrets and bodies that are not valid are left out, and counted. Pure. */
export function exportOf(
  env: string,
  revision: number,
  rows: readonly ConfigRow[],
): { readonly file: ExportFile; readonly leftOut: number } {
  const levers = rows.flatMap((row): ConfigDocument[] =>
    row.value === undefined
      ? []
      : [
          {
            service: row.service,
            kind: "config",
            name: row.name,
            spec: { format: row.format, value: row.value },
            ...(Object.keys(row.meta).length === 0 ? {} : { meta: row.meta }),
          },
        ],
  );
  return { file: { env, revision, levers }, leftOut: rows.length - levers.length };
}

/** A file as the browser gave it. */
export interface GivenFile {
  readonly name: string;
  readonly text: string;
}

/** What becomes of one config of an import. */
export type Fate = "new" | "changed" | "same" | "refused";

export interface ImportRow {
  /** Another for each row. */
  readonly key: string;
  readonly from: string;
  readonly service: string;
  readonly name: string;
  readonly fate: Fate;
  /** Why it is refused, as a key of the messages, and what it speaks of. */
  readonly why?: { readonly word: "name" | "broken" | "secret" | "twice" | "kind"; readonly detail: string };
  readonly edit?: TrayEdit;
}

const FORMAT_OF: Readonly<Record<string, Format>> = {
  json: "json",
  yaml: "yaml",
  yml: "yaml",
  properties: "properties",
  txt: "text",
  conf: "text",
};
export const ACCEPTED = Object.keys(FORMAT_OF)
  .map((extension) => `.${extension}`)
  .join(",");
export const MOST_FILES = 200;

/** Reads files: exports bring their own services and names, any other file is one config of `service`, named as it is. Pure. */
export function importRows(
  env: string,
  service: string,
  files: readonly GivenFile[],
  standing: readonly ConfigRow[],
): readonly ImportRow[] {
  const known = new Map(standing.map((row) => [`${row.service}/${row.name}`, row]));
  const seen = new Set<string>();
  return files
    .flatMap((file) => documentsOf(file, service).map((document) => ({ from: file.name, document })))
    .map(({ from, document }, index): ImportRow => {
      const { service: place, name } = document;
      const row = { key: String(index), from, service: place, name };
      const lever = `${place}/${name}`;
      const refused = (word: NonNullable<ImportRow["why"]>["word"], detail = ""): ImportRow => ({
        ...row,
        fate: "refused",
        why: { word, detail },
      });
      if (document.kind !== "config") return refused("kind", document.kind);
      if (!resourceScope.safeParse(place).success || !resourceName.safeParse(name).success)
        return refused("name");
      if (seen.has(lever)) return refused("twice");
      seen.add(lever);
      if (document.spec === undefined) return refused("secret");
      const { format, value } = document.spec;
      const fault = faultOf(format, value);
      if (fault !== undefined) return refused("broken", `${fault.line}:${fault.column} ${fault.message}`);
      const present = known.get(lever);
      if (present?.secret) return refused("secret");
      const same = present !== undefined && present.value === value && present.format === format;
      if (same) return { ...row, fate: "same" };
      return {
        ...row,
        fate: present === undefined ? "new" : "changed",
        edit: trayEdit(env, { ...row, format, value, meta: document.meta }, present),
      };
    });
}

interface Read {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
  readonly spec?: { readonly format: Format; readonly value: string };
  readonly meta?: EditableMeta;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function documentsOf({ name, text }: GivenFile, service: string): readonly Read[] {
  const [, stem = name, extension = ""] = /^(.*?)\.([a-z]+)$/i.exec(name) ?? [];
  const exported = extension.toLowerCase() === "json" ? exportedIn(text) : undefined;
  if (exported !== undefined) return exported;
  const format = FORMAT_OF[extension.toLowerCase()] ?? "text";
  return [{ service, kind: "config", name: stem.toLowerCase(), spec: { format, value: text } }];
}

/** The levers of an export; undefined where a JSON file is none. */
function exportedIn(text: string): readonly Read[] | undefined {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(file) || !Array.isArray(file["levers"]) || typeof file["env"] !== "string") return undefined;
  return file["levers"].filter(isRecord).map((lever): Read => {
    const spec = isRecord(lever["spec"]) ? lever["spec"] : {};
    const format = Object.values(FORMAT_OF).find((one) => one === spec["format"]);
    const meta = editableMeta.safeParse(lever["meta"]);
    return {
      service: String(lever["service"]),
      kind: String(lever["kind"]),
      name: String(lever["name"]),
      ...(format !== undefined && typeof spec["value"] === "string"
        ? { spec: { format, value: spec["value"] } }
        : {}),
      ...(meta.success ? { meta: meta.data } : {}),
    };
  });
}

function trayEdit(
  env: string,
  o: {
    readonly service: string;
    readonly name: string;
    readonly format: Format;
    readonly value: string;
    readonly meta: EditableMeta | undefined;
  },
  present: ConfigRow | undefined,
): TrayEdit {
  const { service, name, format, value, meta } = o;
  const edit: EditInput = {
    service,
    kind: "config",
    name,
    op: "put",
    spec: { format, value },
    ...(present?.rollout ? { rollout: present.rollout } : {}),
    ...(meta === undefined ? {} : { meta }),
    baseRevision: present?.revision ?? 0,
  };
  const place = new URLSearchParams({ env, service, name });
  return {
    edit,
    base:
      present === undefined
        ? undefined
        : {
            spec: { format: present.format, value: present.value },
            ...(present.rollout ? { rollout: present.rollout } : {}),
            meta: present.meta,
          },
    editor: {
      address: present === undefined ? `/config?env=${env}&import=1` : `/config?${place.toString()}`,
    },
  };
}

import { jsonLanguage } from "@codemirror/lang-json";
import { isMap, LineCounter, parseDocument } from "yaml";
import type { Format } from "./config-row.ts";

/** Why a text is not what its format says, and where: offsets in UTF-16 units, line and column from 1. */
export interface Fault {
  readonly from: number;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The first fault of a text in its format, judged as the agents judge it; undefined for a good one. Never throws. */
export function faultOf(format: Format, text: string): Fault | undefined {
  switch (format) {
    case "json":
    case "flag":
      return jsonFault(text);
    case "yaml":
      return yamlFault(text);
    case "properties":
      return propertiesFault(text);
    case "text":
      return undefined;
  }
}

/** A fault at an offset, with its line and column. Pure. */
export function at(text: string, offset: number, message: string): Fault {
  const from = Math.min(Math.max(offset, 0), text.length);
  const before = text.slice(0, from);
  const start = before.lastIndexOf("\n") + 1;
  return { from, line: before.split("\n").length, column: from - start + 1, message };
}

function jsonFault(text: string): Fault | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(said)?.[1];
    const message = said
      .replace(/ in JSON at position.*$/s, "")
      .replace(/, \.{0,3}".*is not valid JSON$/s, "")
      .replace(/^JSON\.parse: /, "");
    return at(text, position === undefined ? brokenJsonAt(text) : Number(position), message);
  }
}

/** Browsers do not always say where: then it is where the grammar's reader stumbles first, or the end. */
function brokenJsonAt(text: string): number {
  let found = text.length;
  jsonLanguage.parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) found = Math.min(found, node.from);
    },
  });
  return found;
}

function yamlFault(text: string): Fault | undefined {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false });
  const [error] = document.errors;
  if (error) return at(text, error.pos[0], error.message);
  try {
    document.toJS({ maxAliasCount: 100 });
    return undefined;
  } catch (thrown) {
    const start = isMap(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
    return at(text, start, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** `key=value` or `key: value`; `#` and `!` begin comments; a backslash at the end continues a line. */
function propertiesFault(text: string): Fault | undefined {
  let start = 0;
  let whole = "";
  let continued = false;
  let offset = 0;
  for (const line of text.split("\n")) {
    if (!continued) {
      start = offset;
      whole = "";
    }
    offset += line.length + 1;
    const plain = line.replace(/\r$/, "");
    continued = plain.endsWith("\\");
    whole += continued ? plain.slice(0, -1) : plain;
    const entry = whole.trim();
    if (continued || entry === "" || /^[#!]/.test(entry)) continue;
    if (entry.search(/[=:]/) <= 0) return at(text, start, "not key=value");
  }
  return undefined;
}

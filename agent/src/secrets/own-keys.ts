import { readFileSync } from "node:fs";
import process from "node:process";
import { parseKeys, type ServiceKey } from "./secret-box.ts";

/**
 * The keys of this service: what the host gave, else `LEVERFRAME_SECRET_KEYS`, else the file that
 * `LEVERFRAME_SECRET_KEYS_FILE` names; none if nothing is set. Throws an `Error` that says where and what is wrong.
 */
export function ownKeys(given: string | undefined): readonly ServiceKey[] {
  const text = given ?? process.env["LEVERFRAME_SECRET_KEYS"];
  const file = process.env["LEVERFRAME_SECRET_KEYS_FILE"];
  if (text !== undefined && text !== "") return parseKeys(text);
  return file === undefined || file === "" ? [] : parseKeys(readFileSync(file, "utf8"));
}

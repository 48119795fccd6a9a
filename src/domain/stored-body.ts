import { parseOnce, type StoredEntry } from "./stored-entry.ts";

/** A JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readBody = parseOnce((entry): Record<string, unknown> => {
  const text = entry.value.toString();
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : { spec: body };
  } catch {
    return { spec: text };
  }
});

/** A stored body as JSON, read once: don't change it. Undefined where there is none; as text where it can't be read. */
export function bodyOf(entry: StoredEntry | undefined): Record<string, unknown> | undefined {
  const body = entry && readBody(entry);
  return body?.ok === true ? body.value : undefined;
}

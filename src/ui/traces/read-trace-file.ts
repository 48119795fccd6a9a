import { MOST_BYTES, readTraces } from "../../domain/traces/read-file.ts";
import { keepOpened } from "./opened-files.ts";

export type OpenedFile =
  | { readonly ok: true; readonly traceId: string }
  | { readonly ok: false; readonly why: "tooLarge" | "notJson" | "noTraces" | "unknownFormat" };

const WHY = { "not JSON": "notJson", "no traces": "noTraces", "unknown format": "unknownFormat" } as const;

/** Reads a file within the browser and keeps its traces; gives the one with most spans. Never rejects for what is in it. */
export async function readTraceFile(file: File): Promise<OpenedFile> {
  if (file.size > MOST_BYTES) return { ok: false, why: "tooLarge" };
  const read = readTraces(await file.text());
  if (!read.ok) return { ok: false, why: WHY[read.why] };
  keepOpened(read.traces);
  const [largest] = read.traces;
  return largest === undefined ? { ok: false, why: "noTraces" } : { ok: true, traceId: largest.traceId };
}

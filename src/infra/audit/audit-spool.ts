import { mkdir, open, readFile, truncate } from "node:fs/promises";
import path from "node:path";
import type { AuditEvent, AuditSpool } from "../../features/audit/audit-event.ts";

export const SPOOL_BYTES = 10 * 1024 * 1024;

/**
 * A file of JSON lines, each on disk (fsync) before `append` resolves; at most 10 MiB. It is emptied once all of it
 * was let go; what was let go before a crash may come again, so that whoever takes it must know it by its id. A line
 * that a crash cut in half is left out.
 */
export function openAuditSpool(dataDir: string, bound = SPOOL_BYTES): AuditSpool {
  const file = path.resolve(dataDir, "audit-spool.jsonl");
  let size: number | undefined;
  /** Bytes that were let go. */
  let offset = 0;

  async function sizeNow(): Promise<number> {
    if (size !== undefined) return size;
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, "a", 0o600);
    try {
      size = (await handle.stat()).size;
    } finally {
      await handle.close();
    }
    return size;
  }

  return {
    async append(events) {
      let bytes = await sizeNow();
      const lines: string[] = [];
      for (const event of events) {
        const line = `${JSON.stringify(event)}\n`;
        if (bytes + Buffer.byteLength(line) > bound) break;
        bytes += Buffer.byteLength(line);
        lines.push(line);
      }
      if (lines.length > 0) {
        const handle = await open(file, "a", 0o600);
        try {
          await handle.writeFile(lines.join(""));
          await handle.datasync();
        } finally {
          await handle.close();
          size = undefined;
        }
      }
      return events.length - lines.length;
    },
    async next(limit) {
      if ((await sizeNow()) <= offset) return { events: [], done: async () => undefined };
      const rest = (await readFile(file)).subarray(offset);
      const events: AuditEvent[] = [];
      let taken = 0;
      while (events.length < limit) {
        const end = rest.indexOf(10, taken);
        if (end < 0) {
          // Half a line: a crash cut it, and nobody will end it.
          taken = rest.length;
          break;
        }
        const event = readLine(rest.subarray(taken, end).toString());
        if (event !== undefined) events.push(event);
        taken = end + 1;
      }
      const done = async (): Promise<void> => {
        offset += taken;
        if (offset < (await sizeNow())) return;
        await truncate(file, 0);
        size = 0;
        offset = 0;
      };
      if (events.length > 0) return { events, done };
      await done();
      return { events, done: async () => undefined };
    },
  };
}

function readLine(line: string): AuditEvent | undefined {
  try {
    const value = JSON.parse(line) as AuditEvent;
    return typeof value.id === "string" && typeof value.action === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

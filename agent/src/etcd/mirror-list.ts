import type { Etcd } from "./client.ts";
import { EtcdError } from "./errors.ts";
import type { KeyValue, RangeResult } from "./requests.ts";

export interface ListOptions {
  readonly etcd: Etcd;
  readonly prefix: string;
  /** Values come empty. */
  readonly keysOnly: boolean;
  readonly pageSize: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface Listed {
  readonly revision: number;
  readonly clusterId: string;
  readonly entries: Map<string, KeyValue>;
  /** What fitted; to start with the next time. */
  readonly pageSize: number;
}

/**
 * A value that does not keep the message alive that it came in: decoded values are views of the whole frame, and a
 * mirror holds some of them for days.
 */
export const detached = (entry: KeyValue): KeyValue =>
  entry.value.byteLength === entry.value.buffer.byteLength
    ? entry
    : { ...entry, value: Buffer.from(entry.value) };

/**
 * Reads a whole prefix as it was at one revision, in pages, each with its own deadline. A page that is too large is
 * asked for again at half its size. Fails as its calls do; COMPACTED when the revision was compacted away between two
 * pages.
 */
export async function listPrefix(options: ListOptions): Promise<Listed> {
  const { etcd, prefix, keysOnly, deadlineMs, signal } = options;
  const entries = new Map<string, KeyValue>();
  let pageSize = options.pageSize;
  let first: RangeResult | undefined;
  let from = prefix === "" ? "\0" : prefix;
  for (;;) {
    let page: RangeResult;
    try {
      page = await etcd.range({
        prefix,
        from,
        limit: pageSize,
        keysOnly,
        deadlineMs,
        signal,
        ...(first ? { revision: first.revision } : {}),
      });
    } catch (error) {
      if (!(error instanceof EtcdError && error.code === "TOO_LARGE" && pageSize > 1)) throw error;
      pageSize = Math.ceil(pageSize / 2);
      continue;
    }
    first ??= page;
    for (const entry of page.kvs) entries.set(entry.key, detached(entry));
    const last = page.kvs.at(-1);
    if (!page.more || !last)
      return { revision: first.revision, clusterId: first.clusterId, entries, pageSize };
    from = `${last.key}\0`;
  }
}

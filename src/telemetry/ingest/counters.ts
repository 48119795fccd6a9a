/** What the ingest counts, since its start. Sent to the control plane as it is, which shows it at `/metrics`. */
export interface IngestCounters {
  /** By `signal|protocol|outcome`: `ok`, or why not. */
  requests: Record<string, number>;
  /** Rows stored, by table. */
  stored: Record<string, number>;
  /** Rows that were not taken, by reason. */
  rejected: Record<string, number>;
  /** Values that were cut or replaced. */
  redacted: number;
  /** Attributes, events and links past the bound. */
  attributesDropped: number;
  valuesShortened: number;
  /** Bytes in hand, and their bound. */
  heldBytes: number;
  boundBytes: number;
  /** Inserts that failed, tried again or not. */
  insertsFailed: number;
  cpuSeconds: number;
  residentBytes: number;
}

export const newCounters = (boundBytes: number): IngestCounters => ({
  requests: {},
  stored: {},
  rejected: {},
  redacted: 0,
  attributesDropped: 0,
  valuesShortened: 0,
  heldBytes: 0,
  boundBytes,
  insertsFailed: 0,
  cpuSeconds: 0,
  residentBytes: 0,
});

export function count(counts: Record<string, number>, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

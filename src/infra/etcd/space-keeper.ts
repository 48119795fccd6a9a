import type { Etcd } from "@leverframe/agent/etcd";

const DEFRAGMENT_MS = 120_000;
/** Writes are let in again only with this much room, so that the alarm does not come back at once. */
const FULL_SHARE = 0.9;

export interface SpaceLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * Gives an etcd that has run out of its quota room again, where there is any: drops old revisions, gives the pages
 * back, and takes the NOSPACE alarm away. What is live is never touched. Resolves to what it found. Fails as its
 * calls do.
 */
export async function relieveSpace(
  etcd: Etcd,
  quotaBytes: number,
  log: SpaceLog,
): Promise<"fine" | "relieved" | "full"> {
  const alarms = await etcd.alarms();
  if (!alarms.some(({ alarm }) => alarm === "NOSPACE")) return "fine";
  log.warn("etcd is out of space (NOSPACE): compacting and defragmenting");
  const before = await etcd.status();
  await etcd.compact(before.revision).catch((error: { code?: string }) => {
    if (error.code !== "COMPACTED") throw error;
  });
  await etcd.defragment({ deadlineMs: DEFRAGMENT_MS });
  const after = await etcd.status();
  if (after.dbSizeBytes > quotaBytes * FULL_SHARE) {
    log.error(
      `etcd is full: ${after.dbSizeBytes} of ${quotaBytes} bytes hold live keys; delete some, writes are refused until then`,
    );
    return "full";
  }
  await etcd.disarmAlarms();
  log.info(`etcd has space again: ${before.dbSizeBytes} → ${after.dbSizeBytes} bytes`);
  return "relieved";
}

import { randomBytes } from "node:crypto";
import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { identityOf } from "./process-identity.ts";

const POLL_MS = 50;
/** A takeover lasts milliseconds; a mark this old was left by a process that died during one. */
const TAKEOVER_MS = 5_000;

interface Holder {
  readonly pid: number;
  readonly identity: string | undefined;
}

/**
 * Runs `work` while no other process (nor another call here) holds the lock, which is a file that names its holder. A
 * lock whose holder has died is taken over. Throws when it can't be had within `deadlineMs`.
 */
export async function withLock<T>(file: string, deadlineMs: number, work: () => Promise<T>): Promise<T> {
  const release = await acquire(file, deadlineMs);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(file: string, deadlineMs: number): Promise<() => Promise<void>> {
  const own: Holder = { pid: process.pid, identity: await identityOf(process.pid) };
  const mark = `${file}.${process.pid}-${randomBytes(6).toString("hex")}`;
  await writeFile(mark, JSON.stringify(own), { mode: 0o600 });
  const untilMs = performance.now() + deadlineMs;
  try {
    for (;;) {
      if (await linked(mark, file)) return () => rm(file, { force: true });
      if (await isDead(file)) await takeOver(file);
      else if (performance.now() > untilMs)
        throw new Error(`${file} is held by another process (${(await holderOf(file))?.pid ?? "unknown"})`);
      else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    await rm(mark, { force: true });
  }
}

/** A hard link appears whole or not at all, and never over another file. */
const linked = (from: string, to: string): Promise<boolean> =>
  link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(file, "utf8")) as Partial<Holder>;
    return typeof holder.pid === "number" ? { pid: holder.pid, identity: holder.identity } : undefined;
  } catch {
    return undefined;
  }
}

async function isDead(file: string): Promise<boolean> {
  const holder = await holderOf(file);
  if (!holder) return false;
  const identity = await identityOf(holder.pid);
  return identity === undefined || (holder.identity !== undefined && identity !== holder.identity);
}

/** Removes a dead holder's lock: one process at a time, so that none removes the lock of the next holder. */
async function takeOver(file: string): Promise<void> {
  const guard = `${file}.takeover`;
  try {
    await writeFile(guard, "", { flag: "wx" });
  } catch {
    const ageMs = await stat(guard).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (ageMs > TAKEOVER_MS) await rm(guard, { force: true });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    return;
  }
  try {
    if (await isDead(file)) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

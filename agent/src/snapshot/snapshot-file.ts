import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { decodeSnapshot, encodeSnapshot, isOlder, type Snapshot } from "./snapshot-schema.ts";

/** `{dir}/{env}.{service}.{instance}.json`; the parts are checked names, and hold no separator. */
export const snapshotPath = (dir: string, env: string, service: string, instance: string): string =>
  join(dir, `${env}.${service}.${instance}.json`);

type Identity = string;

/**
 * The snapshot on disk: readable by its owner only, replaced whole or not at all (a temporary file, synced, renamed),
 * and never by an older state. Writes come one at a time from one keeper; another process may write too.
 */
export class SnapshotFile {
  readonly path: string;
  #lastWritten: Identity | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** What is kept; undefined when there is no file. Throws when there is one that can't be believed. */
  async read(): Promise<Snapshot | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return decodeSnapshot(text);
  }

  /** Keeps it. False when what is kept is newer. */
  async write(snapshot: Snapshot): Promise<boolean> {
    if (await this.#keepsNewer(snapshot)) return false;
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const temporary = `${this.path}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(encodeSnapshot(snapshot));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncDirectory(dirname(this.path));
    this.#lastWritten = await identityOf(this.path);
    return true;
  }

  /** Only a file that somebody else wrote has to be read for that. */
  async #keepsNewer(snapshot: Snapshot): Promise<boolean> {
    const identity = await identityOf(this.path);
    if (identity === undefined || identity === this.#lastWritten) return false;
    try {
      const kept = await this.read();
      return kept !== undefined && isOlder(snapshot, kept);
    } catch {
      return false;
    }
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

async function identityOf(path: string): Promise<Identity | undefined> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino}.${mtimeMs}.${size}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** So that the rename itself outlives a power cut; where a directory can't be opened, it is left to the system. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  if (directory === undefined) return;
  try {
    await directory.sync();
  } catch {
    // Some file systems refuse this; the file itself is synced.
  } finally {
    await directory.close();
  }
}

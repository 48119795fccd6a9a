import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";

/** What the project wrote down about its own etcd in `{dir}/etcd.json`. */
const schema = z.object({
  /** Of this data, for life; also what tells our etcd from a stranger on its port. */
  name: z.string().min(1),
  clusterToken: z.string().min(1),
  clientPort: z.int().min(1).max(65_535),
  peerPort: z.int().min(1).max(65_535),
  /** Known once it has answered for the first time. */
  clusterId: z.string().optional(),
  /** The process, while it is meant to run. */
  process: z.object({ pid: z.int().positive(), identity: z.string() }).optional(),
});
export type EtcdRecord = z.infer<typeof schema>;

const fileOf = (dir: string): string => path.join(dir, "etcd.json");

/** Undefined where there is none. Throws when there is one that can't be read: it is not replaced silently. */
export async function readRecord(dir: string): Promise<EtcdRecord | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(dir), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `${fileOf(dir)} is damaged; the data beside it is not. Delete that one file and start again.`,
      {
        cause: error,
      },
    );
  }
}

/** Whole or not at all. */
export async function writeRecord(dir: string, record: EtcdRecord): Promise<void> {
  const temporary = `${fileOf(dir)}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, fileOf(dir));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export const endpointOf = (record: EtcdRecord): string => `http://127.0.0.1:${record.clientPort}`;

/** The endpoints of the embedded etcd of a directory, running or not; undefined where there never was one. */
export async function recordedEndpoints(dir: string): Promise<string[] | undefined> {
  const record = await readRecord(dir);
  return record && [endpointOf(record)];
}

import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type EtcdServer, etcdProgram } from "./etcd-server.ts";

const run = promisify(execFile);
const options = { env: { ...process.env, ETCDCTL_API: "3" }, timeout: 60_000 };

/** Saves what an etcd holds, as an operator's nightly job does. */
export async function saveBackup(server: EtcdServer, file: string): Promise<void> {
  const etcdctl = await etcdProgram("etcdctl");
  await run(etcdctl, [`--endpoints=${server.endpoint}`, "snapshot", "save", file], options);
}

/** Kills it, puts the backup in the place of its data by etcdctl, and runs it again on the same ports. */
export async function restoreBackup(server: EtcdServer, file: string): Promise<void> {
  const flags = (await readFile(`/proc/${server.pid}/cmdline`, "utf8")).split("\0");
  const membership = flags.filter((flag) =>
    /^--(name|initial-cluster|initial-advertise-peer-urls)=/.test(flag),
  );
  await server.kill();
  const data = join(server.dir, "data");
  await rm(data, { recursive: true });
  const etcdctl = await etcdProgram("etcdctl");
  await run(etcdctl, ["snapshot", "restore", file, `--data-dir=${data}`, ...membership], options);
  await server.up();
}

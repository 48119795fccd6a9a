import { spawn } from "node:child_process";
import { mkdir, open, rename, stat } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { openEtcd } from "@leverframe/agent/etcd";
import { type EtcdRecord, endpointOf } from "./etcd-record.ts";
import { identityOf } from "./process-identity.ts";
import { etcdProcessEnvironment } from "./program.ts";

const MAX_LOG_BYTES = 20 * 1024 * 1024;
const TERM_MS = 5_000;
const KILL_MS = 5_000;
const POLL_MS = 50;

/** A process by what can't be mistaken for another. */
export interface KnownProcess {
  readonly pid: number;
  readonly identity: string;
}

export const dataDirOf = (dir: string): string => path.join(dir, "data");
export const logFileOf = (dir: string): string => path.join(dir, "etcd.log");

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * How the embedded member runs. Loopback only. Old revisions go by number, not by age, so that a mirror of a quiet
 * cluster can resume after any time; 100,000 are a minute of the busiest fleet and hours of a usual one. A lone member
 * needs no long election.
 */
function flagsOf(dir: string, record: EtcdRecord, quotaBytes: number): string[] {
  const peer = `http://127.0.0.1:${record.peerPort}`;
  return [
    `--name=${record.name}`,
    `--data-dir=${dataDirOf(dir)}`,
    `--listen-client-urls=${endpointOf(record)}`,
    `--advertise-client-urls=${endpointOf(record)}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${record.name}=${peer}`,
    `--initial-cluster-token=${record.clusterToken}`,
    "--auto-compaction-mode=revision",
    "--auto-compaction-retention=100000",
    `--quota-backend-bytes=${quotaBytes}`,
    "--heartbeat-interval=50",
    "--election-timeout=500",
    "--logger=zap",
  ];
}

/** Starts etcd detached, so that it outlives us; its output goes to `etcd.log`. */
export async function launchEtcd(options: {
  readonly dir: string;
  readonly program: string;
  readonly record: EtcdRecord;
  readonly quotaBytes: number;
  readonly onExit: (pid: number) => void;
}): Promise<KnownProcess> {
  const { dir, program, record, quotaBytes, onExit } = options;
  await mkdir(dataDirOf(dir), { recursive: true, mode: 0o700 });
  const log = await openLog(logFileOf(dir));
  try {
    const child = spawn(program, flagsOf(dir, record, quotaBytes), {
      cwd: dir,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: etcdProcessEnvironment(),
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const { pid } = child;
    if (pid !== undefined) child.once("exit", () => onExit(pid));
    child.unref();
    const identity = pid === undefined ? undefined : await identityOf(pid);
    if (pid === undefined || identity === undefined) throw new Error("etcd exited at once");
    return { pid, identity };
  } finally {
    await log.close();
  }
}

async function openLog(file: string): ReturnType<typeof open> {
  const sizeBytes = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (sizeBytes > MAX_LOG_BYTES) await rename(file, `${file}.1`);
  return open(file, "a", 0o600);
}

/** The end of etcd's log, for people. */
export async function logTail(dir: string, bytes = 1_500): Promise<string> {
  try {
    const file = await open(logFileOf(dir), "r");
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - bytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, start);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return "";
  }
}

export const isAlive = async (known: KnownProcess): Promise<boolean> =>
  (await identityOf(known.pid)) === known.identity;

/** Who answers at the recorded port. `stranger`: an etcd, but of other data, or something that is no etcd's answer. */
export type Answer =
  | { readonly is: "ours"; readonly clusterId: string }
  | { readonly is: "stranger" | "nobody" };

/** Asks once, for at most `deadlineMs`. */
export async function whoAnswers(record: EtcdRecord, deadlineMs: number): Promise<Answer> {
  const etcd = openEtcd({ endpoints: [endpointOf(record)], deadlineMs });
  try {
    const members = await etcd.members();
    const { clusterId } = await etcd.range({ key: "\0", countOnly: true });
    const named = members.some(({ name }) => name === record.name);
    // As doubles: a process whose settings keep protobufjs from loading `long` sees ids rounded to these.
    const same = record.clusterId === undefined || Number(record.clusterId) === Number(clusterId);
    const ours = named && same;
    return ours ? { is: "ours", clusterId } : { is: "stranger" };
  } catch {
    return { is: "nobody" };
  } finally {
    etcd.close();
  }
}

/** Waits until our etcd answers, for as long as its process lives; the last answer seen otherwise. */
export async function awaitOurs(
  record: EtcdRecord,
  known: KnownProcess,
  deadlineMs: number,
): Promise<Answer> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const answer = await whoAnswers(record, 1_000);
    if (answer.is === "ours" || performance.now() > untilMs || !(await isAlive(known))) return answer;
    await sleep(POLL_MS);
  }
}

/** SIGTERM, then SIGKILL, to this very process and no other. Throws when even that does not end it. */
export async function endProcess(known: KnownProcess): Promise<void> {
  for (const [signal, ms] of [["SIGTERM", TERM_MS] as const, ["SIGKILL", KILL_MS] as const]) {
    if (!(await isAlive(known))) return;
    try {
      process.kill(known.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
      throw error;
    }
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs) {
      if (!(await isAlive(known))) return;
      await sleep(POLL_MS);
    }
  }
  throw new Error(`etcd (process ${known.pid}) did not end`);
}

/** Whether nobody listens on this loopback port. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

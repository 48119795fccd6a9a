import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { openEtcd } from "@leverframe/agent/etcd";
import {
  awaitOurs,
  dataDirOf,
  endProcess,
  isAlive,
  isPortFree,
  type KnownProcess,
  launchEtcd,
  logFileOf,
  logTail,
} from "./etcd-process.ts";
import { type EtcdRecord, endpointOf, readRecord, writeRecord } from "./etcd-record.ts";
import { withLock } from "./lock-file.ts";
import { freeLoopbackPorts } from "./ports.ts";
import { identityOf, pidsWithArgument } from "./process-identity.ts";
import { findEtcdProgram } from "./program.ts";
import { relieveSpace, type SpaceLog } from "./space-keeper.ts";

export { recordedEndpoints } from "./etcd-record.ts";

export interface EmbeddedEtcdOptions {
  /** Of this etcd alone: data, log, record. */
  readonly dir: string;
  readonly log: SpaceLog;
  /** The etcd to run; found or fetched if not given. */
  readonly program?: string;
  readonly cacheDir?: string;
  /** Of its database. Default 2 GiB. */
  readonly quotaBytes?: number;
}

/** The project's own etcd: one member on loopback, supervised while this process runs, alive after it. */
export interface EmbeddedEtcd {
  readonly endpoints: readonly string[];
  /** It ran already when we came. */
  readonly adopted: boolean;
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /** Ends it: SIGTERM, after 5 s SIGKILL. Other processes that supervise it let it rest too. */
  stop(): Promise<void>;
  /** Ends the supervision only. */
  release(): void;
}

const QUOTA_BYTES = 2 * 1024 ** 3;
const LOCK_MS = 90_000;
const ADOPT_MS = 15_000;
const READY_MS = 30_000;
const WATCH_MS = 1_000;
const SPACE_MS = 30_000;
const RESTART_MAX_MS = 10_000;

/**
 * Runs etcd out of a directory, or adopts the one that runs there: by pid and start time, and by its name and cluster
 * id when asked. Ports are chosen once and written down; if a stranger has taken one since, others are. Two processes
 * that start at once share one etcd. Throws with the end of etcd's log, or with what to type where there is no etcd.
 */
export async function embeddedEtcd(options: EmbeddedEtcdOptions): Promise<EmbeddedEtcd> {
  const supervisor = new Supervisor(options);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements EmbeddedEtcd {
  readonly #dir: string;
  readonly #options: EmbeddedEtcdOptions;
  readonly #quotaBytes: number;
  #known: KnownProcess | undefined;
  #endpoints: readonly string[] = [];
  #adopted = false;
  #released = false;
  #watchTimer: NodeJS.Timeout | undefined;
  #spaceTimer: NodeJS.Timeout | undefined;
  #restartMs = 0;

  constructor(options: EmbeddedEtcdOptions) {
    this.#dir = path.resolve(options.dir);
    this.#options = options;
    this.#quotaBytes = options.quotaBytes ?? QUOTA_BYTES;
  }

  get endpoints(): readonly string[] {
    return this.#endpoints;
  }

  get adopted(): boolean {
    return this.#adopted;
  }

  get pid(): number | undefined {
    return this.#known?.pid;
  }

  async start(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    this.#adopted = await this.#ensure();
    this.#watchLater(WATCH_MS);
    this.#keepSpaceLater();
  }

  release(): void {
    this.#released = true;
    clearTimeout(this.#watchTimer);
    clearTimeout(this.#spaceTimer);
  }

  async stop(): Promise<void> {
    this.release();
    await this.#locked(async () => {
      const record = await readRecord(this.#dir);
      const running = await this.#running(record);
      if (record) {
        const { process: _, ...resting } = record;
        await writeRecord(this.#dir, resting);
      }
      if (running) await endProcess(running);
      this.#known = undefined;
    });
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    return withLock(path.join(this.#dir, "lock"), LOCK_MS, work);
  }

  /** Adopts what runs, else runs it; whether it was adopted. */
  #ensure(): Promise<boolean> {
    return this.#locked(async () => {
      const record = (await readRecord(this.#dir)) ?? (await newRecord());
      if (await this.#adopt(record)) return true;
      await this.#launch(record);
      return false;
    });
  }

  async #adopt(record: EtcdRecord): Promise<boolean> {
    const running = await this.#running(record);
    if (!running) return false;
    const answer = await awaitOurs(record, running, ADOPT_MS);
    if (answer.is !== "ours") {
      this.#options.log.warn(`etcd (process ${running.pid}) runs but does not answer: starting it anew`);
      await endProcess(running);
      return false;
    }
    await this.#installed({ ...record, clusterId: answer.clusterId, process: running }, running);
    this.#options.log.info(`etcd adopted: process ${running.pid}, ${endpointOf(record)}`);
    return true;
  }

  /** Our etcd's process: as recorded, else whichever runs on our data directory. */
  async #running(record: EtcdRecord | undefined): Promise<KnownProcess | undefined> {
    if (record?.process && (await isAlive(record.process))) return record.process;
    for (const pid of await pidsWithArgument(`--data-dir=${dataDirOf(this.#dir)}`)) {
      const identity = await identityOf(pid);
      if (identity !== undefined) return { pid, identity };
    }
    return undefined;
  }

  async #launch(recorded: EtcdRecord): Promise<void> {
    const { log, cacheDir } = this.#options;
    const program =
      this.#options.program ??
      (await findEtcdProgram({
        program: "etcd",
        log: (line) => log.info(line),
        ...(cacheDir === undefined ? {} : { cacheDir }),
      }));
    let record = recorded;
    for (let attempt = 1; ; attempt++) {
      record = await this.#withFreePorts(record);
      const known = await launchEtcd({
        dir: this.#dir,
        program,
        record,
        quotaBytes: this.#quotaBytes,
        onExit: (pid) => this.#exited(pid),
      });
      await writeRecord(this.#dir, { ...record, process: known });
      const answer = await awaitOurs(record, known, READY_MS);
      if (answer.is === "ours" && (await isAlive(known))) {
        await this.#installed({ ...record, clusterId: answer.clusterId, process: known }, known);
        log.info(`etcd runs: process ${known.pid}, ${endpointOf(record)}`);
        return;
      }
      const lost = !(await isAlive(known));
      await endProcess(known);
      const taken = !(await isPortFree(record.clientPort)) || !(await isPortFree(record.peerPort));
      if (!(lost && taken && attempt < 3)) {
        const tail = await logTail(this.#dir);
        throw new Error(`etcd did not come up; the end of ${logFileOf(this.#dir)}:\n${tail}`);
      }
    }
  }

  async #withFreePorts(record: EtcdRecord): Promise<EtcdRecord> {
    if ((await isPortFree(record.clientPort)) && (await isPortFree(record.peerPort))) return record;
    const [clientPort, peerPort] = await freeLoopbackPorts(2);
    if (clientPort === undefined || peerPort === undefined) throw new Error("there is no free loopback port");
    this.#options.log.warn(
      `another program has taken etcd's port ${record.clientPort} or ${record.peerPort}: from now on it is ${clientPort}`,
    );
    return { ...record, clientPort, peerPort };
  }

  async #installed(record: EtcdRecord, known: KnownProcess): Promise<void> {
    await writeRecord(this.#dir, record);
    this.#known = known;
    this.#endpoints = [endpointOf(record)];
    this.#restartMs = 0;
  }

  #exited(pid: number): void {
    if (this.#known?.pid === pid) this.#watchLater(0);
  }

  #watchLater(ms: number): void {
    if (this.#released) return;
    clearTimeout(this.#watchTimer);
    this.#watchTimer = setTimeout(() => void this.#watch(), ms);
    this.#watchTimer.unref();
  }

  /** Runs it again when it has died, unless somebody stopped it on purpose. */
  async #watch(): Promise<void> {
    try {
      if (this.#known && (await isAlive(this.#known))) return this.#watchLater(WATCH_MS);
      this.#known = undefined;
      const record = await readRecord(this.#dir);
      if (this.#released) return;
      if (record && !record.process) {
        this.#options.log.warn("etcd was stopped on purpose: it is left alone");
        return this.release();
      }
      this.#options.log.error("etcd has died: starting it again");
      await this.#ensure();
      this.#watchLater(WATCH_MS);
    } catch (error) {
      this.#restartMs = Math.min(RESTART_MAX_MS, Math.max(250, this.#restartMs * 2));
      this.#options.log.error(
        `etcd could not be started: ${error instanceof Error ? error.message : String(error)}`,
      );
      this.#watchLater(this.#restartMs);
    }
  }

  #keepSpaceLater(): void {
    if (this.#released) return;
    this.#spaceTimer = setTimeout(() => void this.#keepSpace(), SPACE_MS);
    this.#spaceTimer.unref();
  }

  async #keepSpace(): Promise<void> {
    const etcd = openEtcd({ endpoints: this.#endpoints });
    try {
      await relieveSpace(etcd, this.#quotaBytes, this.#options.log);
    } catch {
      // It is down or busy: the supervision says so, and the next round asks again.
    } finally {
      etcd.close();
      this.#keepSpaceLater();
    }
  }
}

async function newRecord(): Promise<EtcdRecord> {
  const [clientPort, peerPort] = await freeLoopbackPorts(2);
  if (clientPort === undefined || peerPort === undefined) throw new Error("there is no free loopback port");
  const name = `leverframe-${randomBytes(6).toString("hex")}`;
  return { name, clusterToken: randomBytes(16).toString("hex"), clientPort, peerPort };
}

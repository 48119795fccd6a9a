import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const PS_MS = 5_000;

/**
 * What tells this process from every other that ever had or will have its pid: its start time, and the boot it
 * belongs to. Undefined when there is no such process (a zombie counts as none).
 */
export async function identityOf(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? linuxIdentity(pid) : psIdentity(pid);
}

async function linuxIdentity(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The second field is the name in brackets, and may hold anything: count from its end (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === undefined || startTicks === undefined || state === "Z" || state === "X") return undefined;
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => "");
    return `${boot.trim()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

async function psIdentity(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      timeout: PS_MS,
      env: { NODE_ENV: "production", PATH: "/bin:/usr/bin", LC_ALL: "C" },
    });
    const line = stdout.trim();
    return line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}

/** The pids of processes that have this very argument. For one that was started but not written down. */
export async function pidsWithArgument(argument: string): Promise<number[]> {
  if (process.platform !== "linux") return psPidsWithArgument(argument);
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const pids: number[] = [];
  for (const name of names) {
    const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (line.split("\0").includes(argument)) pids.push(Number(name));
  }
  return pids;
}

async function psPidsWithArgument(argument: string): Promise<number[]> {
  try {
    const { stdout } = await run("ps", ["-axww", "-o", "pid=,args="], {
      timeout: PS_MS,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout
      .split("\n")
      .filter((line) => ` ${line} `.includes(` ${argument} `))
      .map((line) => Number.parseInt(line, 10))
      .filter((pid) => pid !== process.pid);
  } catch {
    return [];
  }
}

import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";

/** A program of ours with a channel to it: when we are gone, however we went, it sees the channel close and goes too. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves with the first message; rejects when the child ends before, or says nothing in time. */
  first(deadlineMs: number): Promise<unknown>;
  onMessage(listener: (message: unknown) => void): void;
  readonly ended: boolean;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended; kills it after `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

const DIST = path.resolve("dist");
const STDERR_LINES = 20;

/** Starts a bundle of `dist/` with exactly these variables, and PATH and HOME. */
export function startChild(name: string, bundle: string, env: Readonly<Record<string, string>>): Child {
  const process_ = fork(path.join(DIST, bundle), [], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", NODE_ENV: "production", ...env },
  });
  const tail: string[] = [];
  process_.stderr?.on("data", (part: Buffer) => {
    tail.push(
      ...part
        .toString()
        .split("\n")
        .filter((line) => line !== ""),
    );
    tail.splice(0, Math.max(0, tail.length - STDERR_LINES));
  });
  process_.stdout?.resume();
  return wrap(name, process_, tail);
}

function wrap(name: string, child: ChildProcess, tail: readonly string[]): Child {
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    child.once("exit", () => {
      ended = true;
      resolve();
    });
    child.once("error", () => {
      ended = true;
      resolve();
    });
  });
  return {
    name,
    pid: child.pid ?? -1,
    get ended() {
      return ended;
    },
    onMessage: (listener) => {
      child.on("message", listener);
    },
    first: (deadlineMs) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => reject(new Error(`${name} ${why}\n${tail.join("\n")}`));
        const timer = setTimeout(() => fail(`said nothing for ${deadlineMs / 1000} s`), deadlineMs);
        child.once("message", (message) => {
          clearTimeout(timer);
          resolve(message);
        });
        void exit.then(() => {
          clearTimeout(timer);
          fail("ended at once");
        });
      }),
    signal: (signal) => {
      if (!ended) child.kill(signal);
    },
    async stop(withinMs) {
      if (ended) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
      await exit;
      clearTimeout(timer);
    },
  };
}

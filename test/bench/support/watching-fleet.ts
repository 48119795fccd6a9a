import { type ChildProcess, fork } from "node:child_process";
import type { HostOrders, HostReport } from "../hosts/watchers.ts";
import { builtHost } from "./built-host.ts";

const LATE_MS = 30_000;

/** The hosts of one mode; tells when the last of all its members had a value. */
export class Fleet {
  readonly #children: ChildProcess[] = [];
  readonly #reports = new Map<number, bigint[]>();
  readonly #waiting = new Map<number, (ns: bigint) => void>();

  static async start(
    orders: Omit<HostOrders, "first" | "count">,
    total: number,
    hosts: number,
    flags: readonly string[] = [],
  ): Promise<Fleet> {
    const fleet = new Fleet();
    const each = Math.ceil(total / hosts);
    const program = await builtHost("watchers");
    await Promise.all(
      Array.from({ length: hosts }, async (_, host) => {
        const child = fork(program, [], { stdio: "inherit", execArgv: [...flags] });
        fleet.#children.push(child);
        const ready = new Promise<void>((resolve, reject) => {
          child.on("message", (message) => {
            const report = message as HostReport;
            if ("ready" in report) resolve();
            else fleet.#took(report.value, BigInt(report.lastNs));
          });
          child.once("exit", (code) => reject(new Error(`a host ended with ${code}`)));
        });
        const first = host * each;
        child.send({ ...orders, first, count: Math.min(each, total - first) } satisfies HostOrders);
        await ready;
      }),
    );
    return fleet;
  }

  last(value: number): Promise<bigint> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`value ${value} did not reach everybody in ${LATE_MS} ms`)),
        LATE_MS,
      );
      this.#waiting.set(value, (ns) => {
        clearTimeout(timer);
        resolve(ns);
      });
    });
  }

  stop(): void {
    for (const child of this.#children) {
      child.removeAllListeners("exit");
      child.disconnect();
    }
  }

  #took(value: number, ns: bigint): void {
    const all = [...(this.#reports.get(value) ?? []), ns];
    this.#reports.set(value, all);
    if (all.length < this.#children.length) return;
    this.#reports.delete(value);
    this.#waiting.get(value)?.(all.reduce((last, one) => (one > last ? one : last)));
    this.#waiting.delete(value);
  }
}

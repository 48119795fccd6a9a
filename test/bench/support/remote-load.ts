import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import type { SendOrders, SendReport } from "../hosts/otlp-senders.ts";

const HOST = path.resolve("test/bench/hosts/otlp-senders.ts");

/** Senders in a niced process of their own, so that they don't stand in the way of whoever measures. */
export class RemoteLoad {
  /** Spans answered with 200, as told last; a tenth of a second old at the most. */
  accepted = 0;
  readonly #child: ChildProcess;

  constructor(orders: SendOrders) {
    this.#child = fork(HOST, [], { stdio: "inherit", execArgv: [...process.execArgv] });
    this.#child.on("message", (message) => {
      this.accepted = (message as SendReport).accepted;
    });
    this.#child.send(orders);
  }

  /** Resolves once all that was sent has an answer. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    await ended;
  }
}

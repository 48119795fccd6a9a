#!/usr/bin/env node
import process from "node:process";
import { createAgent } from "../agent/leverframe-agent.ts";
import type { Logger } from "../logger.ts";
import { readSidecarOptions, USAGE, UsageError } from "./options.ts";
import { Sidecar } from "./sidecar.ts";

/** `leverframe-agent sidecar`: tells on standard output where it listens, logs JSON on standard error, stops on a signal. */
const STOP_WITHIN_MS = 8_000;

const line =
  (level: string) =>
  (fields: Readonly<Record<string, unknown>>, message: string): void => {
    process.stderr.write(
      `${JSON.stringify({ level, time: new Date().toISOString(), msg: message, ...fields })}\n`,
    );
  };
const logger: Logger = { info: line("info"), warn: line("warn"), error: line("error") };

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  if (command === "--help" || command === "help" || args.includes("--help")) {
    process.stdout.write(USAGE);
    return;
  }
  if (command !== "sidecar") throw new UsageError(`say what to do: leverframe-agent sidecar --help`);
  const options = readSidecarOptions(args, process.env);
  const agent = createAgent({ ...options.agent, logger });
  const sidecar = new Sidecar(agent, options, logger);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    sidecar
      .close()
      .then(() => process.exit(0))
      .catch(() => process.exit(1));
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);
  await agent.start();
  const port = await sidecar.listen();
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  process.stdout.write(
    `Leverframe's sidecar of ${options.agent.service} answers at http://${host}:${port}\n`,
  );
}

main().catch((error: unknown) => {
  const isOurs = error instanceof UsageError || error instanceof TypeError;
  process.stderr.write(`leverframe-agent: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isOurs) process.stderr.write("leverframe-agent sidecar --help says what there is.\n");
  process.exit(isOurs ? 2 : 1);
});

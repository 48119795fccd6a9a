#!/usr/bin/env node
import { describeIssues } from "@leverframe/agent/protocol";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import * as z from "zod";
import { isDomainError } from "../domain/errors.ts";
import { type Environment, readEnvironment } from "../env.ts";
import type { ConflictReport } from "../features/publish/publish-service.ts";
import { VERSION } from "../version.ts";
import { addAuditCommands } from "./audit-commands.ts";
import { addBackCommands } from "./back-commands.ts";
import { doctor } from "./doctor.ts";
import { addEpochCommands } from "./epoch-commands.ts";
import { addEtcdCommands } from "./etcd-commands.ts";
import { addFreezeCommands } from "./freeze-commands.ts";
import { addHistoryCommands, getPast, revisionArgument, timeArgument } from "./history-commands.ts";
import { addImportCommand } from "./import-commands.ts";
import { addPeopleCommands } from "./people-commands.ts";
import { exportLevers, get, receipts } from "./read-commands.ts";
import { addScheduleCommands } from "./schedule-commands.ts";
import { addSecretsCommands } from "./secrets-commands.ts";
import {
  EXIT,
  exitCodeOf,
  type GlobalOptions,
  openRemoteClient,
  openSession,
  printer,
  type Session,
} from "./session.ts";
import { conflictLines, timeOf } from "./text.ts";
import { apply, flip, set, type WriteOptions } from "./write-commands.ts";

/** The `leverframe` command: every lever from a shell, through the console or (`--direct`) with etcd alone. */
const REF_HELP = "service/kind/name, such as product/switch/comments";

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 3600)
    throw new InvalidArgumentError("give 0 to 3600 seconds");
  return value;
};

function time(text: string): string {
  const at = timeOf(text, new Date());
  if (at === undefined)
    throw new InvalidArgumentError("give how long from now (45m, 2h) or a time such as 2026-11-23T03:00:00Z");
  return at;
}

function buildProgram(environment: Environment, exit: (code: number) => void): Command {
  const program = new Command("leverframe")
    .description(
      "Pull, prove and compare levers. Exit codes: 0 done, 1 failed, 2 usage, 3 conflict, 4 unreachable, 5 not proved, 6 sign in, 7 refused by the interlock, 8 waits for a second person.",
    )
    .version(VERSION)
    .option("-e, --env <name>", "environment", environment.LEVERFRAME_ENV ?? "prod")
    .option("--json", "print one JSON document", false)
    .option("--direct", "past the console, with etcd alone", false)
    .option("--server <url>", "where the console is (LEVERFRAME_SERVER)")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });
  const run = async (work: (session: Session) => Promise<number>): Promise<void> => {
    const session = await openSession(program.opts<GlobalOptions>(), environment);
    try {
      exit(await work(session));
    } finally {
      await session.levers.close();
    }
  };
  const writing = (command: Command): Command =>
    command
      .requiredOption("-r, --reason <text>", "why: it stands in the journal for ever")
      .option("--dry-run", "show the difference, publish nothing", false)
      .option("-w, --wait <seconds>", "wait for every instance's proof", seconds, 0)
      .option(
        "--override <why>",
        "publish although the interlock refuses; for admins, and it stands in the journal",
      )
      .option(
        "--until <time>",
        "end by itself then, back to what stands now (45m, 2h, 2026-11-23T03:00:00Z)",
        time,
      )
      .option("--at <time>", "publish it then, not now (45m, 2h, 2026-11-23T03:00:00Z)", time)
      .option("--id <ulid>", "the change set's id, to repeat a request whose answer was lost");

  program
    .command("get")
    .argument("[ref]", REF_HELP)
    .option("--rev <revision>", "as it was at a revision of the present epoch (r18402)", revisionArgument)
    .option("--at <time>", "as it was then (2h ago: 2h, or 2026-11-23T03:00:00Z)", timeArgument)
    .description("a lever whole, or all in lines")
    .action(async (ref: string | undefined, { rev, at }: { rev?: number; at?: string }) => {
      const moment = rev !== undefined ? { revision: rev } : at !== undefined ? { at } : undefined;
      if (moment === undefined) return run((session) => get(session, ref));
      const globals = program.opts<GlobalOptions>();
      const remote = await openRemoteClient(globals, environment);
      exit(await getPast(remote, globals.env, ref, moment, printer(globals)));
    });
  writing(
    program
      .command("flip")
      .argument("<ref>", REF_HELP)
      .argument("[position]", "NORMAL or DEGRADED; the other one if left out"),
  )
    .description("move a switch")
    .action((ref: string, position: string | undefined, options: WriteOptions) =>
      run((session) => flip(session, ref, position, options)),
    );
  writing(
    program
      .command("set")
      .argument("<ref>", REF_HELP)
      .argument("[pairs...]", "key=value, the value as JSON or text"),
  )
    .description("change fields of a lever, make it, or delete it")
    .option("-f, --file <file>", "the whole spec as JSON; - for standard input")
    .option("--delete", "delete the lever", false)
    .option("--secret", "for a config: close its value before it is stored anywhere", false)
    .action((ref: string, pairs: string[], options: Parameters<typeof set>[3]) =>
      run((session) => set(session, ref, pairs, options)),
    );
  writing(program.command("apply").argument("<file>", "what export wrote; - for standard input"))
    .description("make levers as a file says, in one change set")
    .action((file: string, options: WriteOptions) => run((session) => apply(session, file, options)));
  addImportCommand(program, environment, exit, writing);
  program
    .command("diff")
    .argument("<file>", "what export wrote; - for standard input")
    .description("what apply would change")
    .action((file: string) =>
      run((session) => apply(session, file, { reason: "diff", dryRun: true, wait: 0 })),
    );
  program
    .command("export")
    .option("-s, --service <name>", "one service only")
    .description("levers as one JSON document")
    .action((options: { service?: string }) => run((session) => exportLevers(session, options.service)));
  program
    .command("receipts")
    .argument("<ref or change>", "a lever, or a change set's id")
    .option("-w, --wait <seconds>", "wait for every instance's proof", seconds, 0)
    .description("who has applied a change, and who has not")
    .action((text: string, options: { wait: number }) =>
      run((session) => receipts(session, text, options.wait)),
    );
  program
    .command("doctor")
    .description("look at everything that a pull needs")
    .action(() => run(doctor));
  program
    .command("login")
    .description("print a one-time link that signs you in")
    .action(() =>
      run(async (session) => {
        const url = await session.levers.createLoginLink();
        session.print({ url }, () => [url]);
        return EXIT.ok;
      }),
    );
  addBackCommands(program, environment, exit);
  addFreezeCommands(program, environment, exit);
  addHistoryCommands(program, environment, exit);
  addScheduleCommands(program, environment, exit);
  addSecretsCommands(program, environment, exit);
  addPeopleCommands(program, environment, exit);
  addAuditCommands(program, environment, exit);
  addEtcdCommands(program, environment, exit);
  addEpochCommands(program, environment, exit);
  const env = program.command("env").description("environments");
  env.command("list").action(() =>
    run(async (session) => {
      const names = await session.levers.environments();
      session.print(names, () => [...names]);
      return EXIT.ok;
    }),
  );
  env
    .command("create")
    .argument("<name>")
    .action((name: string) =>
      run(async (session) => {
        const outcome = await session.levers.createEnvironment(name);
        session.print({ env: name, outcome }, () => [
          outcome === "created" ? `${name} is there now.` : `${name} was there already.`,
        ]);
        return EXIT.ok;
      }),
    );
  return program;
}

function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof z.ZodError) {
    process.stderr.write(`${describeIssues(error)}\n`);
    return EXIT.usage;
  }
  if (!isDomainError(error)) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  }
  if (json)
    process.stdout.write(
      `${JSON.stringify({ error: { code: error.code, message: error.publicMessage, details: error.details } }, null, 2)}\n`,
    );
  else {
    process.stderr.write(`${error.publicMessage}\n`);
    if (error.code === "CONFLICT" && Array.isArray(error.details)) {
      process.stderr.write(`${conflictLines(error.details as ConflictReport[]).join("\n")}\n`);
    }
  }
  return exitCodeOf(error);
}

try {
  const program = buildProgram(readEnvironment(), (code) => {
    process.exitCode = code;
  });
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, process.argv.includes("--json"));
}

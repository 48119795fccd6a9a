import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { ulid } from "ulid";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import type { Recovery } from "../features/epoch/recovery-service.ts";
import { EXIT, type GlobalOptions, openRemoteClient, openSession, printer } from "./session.ts";
import { refusalLines } from "./text.ts";

interface RepublishOptions {
  readonly reason: string;
  readonly override?: string;
  readonly group?: string;
  readonly yes: boolean;
}

/** `epoch show | republish | confirm`: after etcd was wiped, restored from a backup, or replaced. */
export function addEpochCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const epoch = program.command("epoch").description("which life of etcd's data agents obey");
  epoch
    .command("show")
    .description("who holds, and what the history knows that etcd has lost")
    .action(async () => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      const found = await call(() => api.epoch.examine.mutate({ env: options.env, groupId: ulid() }));
      printer(options)(found, () => linesOf(options.env, found));
      exit(EXIT.ok);
    });
  epoch
    .command("republish")
    .requiredOption("-r, --reason <text>", "why: it stands in the journal for ever")
    .option("--override <why>", "although the interlock refuses; for admins")
    .option("--group <ulid>", "go on with one that was interrupted")
    .option("-y, --yes", "without asking", false)
    .description("publish what was lost again, then let agents go on from it")
    .action(async (said: RepublishOptions) => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      const groupId = said.group ?? ulid();
      const by = {
        env: options.env,
        groupId,
        ...(said.override === undefined ? {} : { override: { reason: said.override } }),
      };
      const found = await call(() => api.epoch.examine.mutate(by));
      if (!options.json) process.stdout.write(`${linesOf(options.env, found).join("\n")}\n`);
      if (!said.yes) await agree();
      const seen = [...(found.plan?.seen ?? [])];
      const done = await call(() => api.epoch.republish.mutate({ ...by, reason: said.reason, seen }));
      printer(options)(done, () => [
        `${done.restored?.changeSets.length ?? 0} change sets published (group ${groupId}).`,
        ...(done.restored?.proposed.length
          ? ["They wait for a second person: leverframe approvals list. Then: leverframe epoch confirm."]
          : []),
        done.confirmed === null
          ? "No agent held: nothing was to be confirmed."
          : `Agents go on as ${done.confirmed.epoch}, which confirms ${done.confirmed.confirms}.`,
      ]);
      exit(EXIT.ok);
    });
  epoch
    .command("confirm")
    .option("--from <epoch>", "the epoch that agents hold to")
    .description("obey what stands now, as it is")
    .action(async (said: { from?: string }) => {
      const options = program.opts<GlobalOptions>();
      const session = await openSession(options, environment);
      try {
        const done = await session.levers.confirmEpoch(session.env, said.from);
        session.print(done, () => [
          `${session.env} goes on as ${done.epoch}, which confirms ${done.confirms} (${done.heads} heads).`,
        ]);
        exit(EXIT.ok);
      } finally {
        await session.levers.close();
      }
    });
}

function linesOf(env: string, { holding, lost, plan }: Recovery): string[] {
  const shown = holding.slice(0, 10).join(", ");
  return [
    holding.length === 0
      ? `No instance of ${env} holds.`
      : `${holding.length} instances hold the last good state: ${shown}${holding.length > 10 ? ", …" : ""}`,
    ...(lost === null || plan === null
      ? ["The history knows of nothing that etcd has lost."]
      : [
          `etcd has lost ${lost.changeSets} change sets, the last of ${lost.at}.`,
          ...(plan.sentences.length === 0
            ? ["Nothing that stands differs from what stood then."]
            : ["Published again, this would change:", ...plan.sentences.map((line) => `  ${line}`)]),
          ...refusalLines(plan.refusals),
        ]),
  ];
}

/** Asks on a terminal; elsewhere `--yes` must be given. */
async function agree(): Promise<void> {
  if (!process.stdin.isTTY) throw new DomainError("INVALID", "Nobody can be asked here: add --yes.");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question("Publish this and let agents go on? [y/N] ");
    if (!/^y(es)?$/i.test(answer.trim())) throw new DomainError("INVALID", "Nothing was published.");
  } finally {
    asking.close();
  }
}

import { createInterface } from "node:readline/promises";
import { formatRef, parseRef } from "@leverframe/agent/protocol";
import { type Command, InvalidArgumentError } from "commander";
import { ulid } from "ulid";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import type { VersionChoice } from "../features/back/undo-service.ts";
import type { Moment } from "../features/history/history-reader.ts";
import type { DryRun, Published } from "../features/publish/publish-service.ts";
import { findLever, receipts } from "./read-commands.ts";
import { EXIT, type GlobalOptions, openSession, type Session } from "./session.ts";
import { refusalLines } from "./text.ts";

interface BackOptions {
  readonly reason: string;
  readonly dryRun: boolean;
  readonly wait: string;
  readonly id?: string | undefined;
  readonly override?: string | undefined;
}

interface RestoreOptions {
  readonly reason: string;
  readonly service?: string | undefined;
  readonly rev?: number | undefined;
  readonly at?: string | undefined;
  readonly group?: string | undefined;
  readonly override?: string | undefined;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** `rollback`, `undo` and `restore`: the ways back, with what they would change shown on request or, for many levers, first. */
export function addBackCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const run = async (work: (session: Session) => Promise<number>): Promise<void> => {
    const session = await openSession(program.opts<GlobalOptions>(), environment);
    try {
      exit(await work(session));
    } finally {
      await session.levers.close();
    }
  };
  const saying = (command: Command): Command =>
    command
      .requiredOption("-r, --reason <text>", "why: it stands in the journal for ever")
      .option("--dry-run", "show the difference, publish nothing", false)
      .option(
        "--override <why>",
        "publish although the interlock refuses; for admins, and it stands in the journal",
      );
  const single = (command: Command): Command =>
    saying(command)
      .option("-w, --wait <seconds>", "wait for every instance's proof", "0")
      .option("--id <ulid>", "the change set's id, to repeat a request whose answer was lost");

  single(program.command("rollback").argument("<ref>", "service/kind/name, such as product/switch/comments"))
    .requiredOption("--to <version>", "v17, or the version in force at a revision: r18402", versionOf)
    .description("a lever's former spec again; an active rollout ends")
    .action((text: string, options: BackOptions & { to: VersionChoice }) =>
      run((session) => rollback(session, text, options)),
    );
  single(program.command("undo").argument("<change>", "the change set's id"))
    .description("take a change set back, where nobody has changed its levers since")
    .action((changeSetId: string, options: BackOptions) =>
      run((session) => {
        const request = { ...said(session, options), changeSetId };
        return options.dryRun
          ? showDry(session, session.levers.back.undoDry(request))
          : show(session, session.levers.back.undo(request), options);
      }),
    );
  saying(program.command("restore"))
    .option("-s, --service <name>", "one service only, or * for the levers of every service")
    .option("--rev <revision>", "as it stood at this revision", revisionOf)
    .option("--at <time>", "as it stood then (2026-11-23T03:00:00Z)", timeOf)
    .option("--group <ulid>", "go on with a restore that was interrupted")
    .option("-y, --yes", "publish without asking, after showing the difference", false)
    .description("bring a service, or the whole environment, back to how it stood")
    .action((options: RestoreOptions) => run((session) => restore(session, options)));
}

const said = (session: Session, options: Pick<BackOptions, "reason" | "override" | "id">) => ({
  env: session.env,
  id: options.id ?? ulid(),
  reason: options.reason,
  ...(options.override === undefined ? {} : { override: { reason: options.override } }),
});

async function rollback(
  session: Session,
  text: string,
  options: BackOptions & { readonly to: VersionChoice },
): Promise<number> {
  const row = await findLever(session, text);
  const request = {
    ...said(session, options),
    ref: parseRef(text),
    to: options.to,
    baseRevision: row?.revision ?? 0,
  };
  return options.dryRun
    ? showDry(session, session.levers.back.rollbackDry(request))
    : show(session, session.levers.back.rollback(request), options);
}

async function show(session: Session, work: Promise<Published>, options: BackOptions): Promise<number> {
  const published = await work;
  session.print(published, () => [
    ...published.sentences,
    `Committed at r${published.revision} as ${published.changeSetId}${published.repeated ? " (by an earlier attempt)" : ""}.`,
  ]);
  const wait = Number(options.wait);
  return wait > 0 ? receipts(session, published.changeSetId, wait) : EXIT.ok;
}

async function showDry(session: Session, work: Promise<DryRun>): Promise<number> {
  const dry = await work;
  session.print(dry, () => [
    ...dry.sentences,
    ...refusalLines(dry.refusals),
    "Nothing was published (--dry-run).",
  ]);
  return EXIT.ok;
}

async function restore(session: Session, options: RestoreOptions): Promise<number> {
  const target = { env: session.env, service: options.service, moment: momentOf(options) };
  const groupId = options.group ?? ulid();
  const plan = await session.levers.back.planRestore(target, groupId);
  const where = options.service ?? session.env;
  const alone = plan.unknown.map(
    (ref) => `left alone: ${formatRef(ref)} (nobody knows any more whether it stood then)`,
  );
  if (plan.seen.length === 0) {
    session.print({ ...plan, groupId, changed: false }, () => [
      ...alone,
      `${where} stands so already: nothing was published.`,
    ]);
    return EXIT.ok;
  }
  const lines = [
    ...plan.sentences,
    ...refusalLines(plan.refusals),
    ...alone,
    `${plan.seen.length} levers in ${plan.changeSets} change sets, group ${groupId}.`,
  ];
  const sure = !options.dryRun && (options.yes || (await confirmed(lines)));
  if (!sure) {
    session.print({ ...plan, groupId, changed: false }, () => [
      ...lines,
      "Nothing was published. Say --yes to publish what is shown.",
    ]);
    return EXIT.ok;
  }
  const { id: _, ...saying } = said(session, options);
  const done = await session.levers.back.restore({ ...target, ...saying, groupId, seen: plan.seen });
  const last = done.changeSets.at(-1);
  session.print({ ...plan, ...done, changed: true }, () => [
    ...(options.yes ? lines : []),
    ...(last === undefined
      ? []
      : [`Committed ${done.changeSets.length} change sets, the last at r${last.revision}.`]),
    ...(done.proposed.length === 0 ? [] : [`Waiting for a second person: ${done.proposed.join(", ")}.`]),
    ...done.changeSets.map((one) => `  ${one.changeSetId} r${one.revision}`),
  ]);
  return done.proposed.length > 0 ? EXIT.proposed : EXIT.ok;
}

/** Asks at a terminal; elsewhere there is nobody to ask. */
async function confirmed(lines: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${lines.join("\n")}\nPublish this? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

function momentOf({ rev, at }: Pick<RestoreOptions, "rev" | "at">): Moment {
  if (rev !== undefined && at === undefined) return { revision: rev };
  if (at !== undefined && rev === undefined) return { at };
  throw new DomainError("INVALID", "Say how it stood when: --rev REVISION, or --at TIME.");
}

function versionOf(text: string): VersionChoice {
  const [, kind, digits] = /^([vr])([1-9]\d{0,15})$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("give v17, or a revision such as r18402");
  return kind === "v" ? { version: Number(digits) } : { revision: Number(digits) };
}

function revisionOf(text: string): number {
  const revision = Number(text.replace(/^r/, ""));
  if (!Number.isSafeInteger(revision) || revision < 1)
    throw new InvalidArgumentError("give a revision such as 18402");
  return revision;
}

function timeOf(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError("give a time such as 2026-11-23T03:00:00Z");
  return new Date(time).toISOString();
}

import { formatRef, parseRef } from "@leverframe/agent/protocol";
import { type Command, InvalidArgumentError } from "commander";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import type { HistoryEntry, Moment, ResourceVersion } from "../features/history/history-reader.ts";
import type { RemoteClient } from "./remote-client.ts";
import { EXIT, type GlobalOptions, openRemoteClient, printer, type Session } from "./session.ts";
import { pastTimeOf, table } from "./text.ts";

interface HistoryOptions {
  readonly limit: number;
  readonly author?: string;
  readonly change?: string;
}

const MOST = 200;

const rows = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MOST)
    throw new InvalidArgumentError(`give 1 to ${MOST} rows`);
  return value;
};

/** A moment as `get --rev` and `--at` name it. */
export const revisionArgument = (text: string): number => {
  const value = Number(text.replace(/^r/, ""));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("give a revision such as r18402");
  return value;
};

export const timeArgument = (text: string): string => {
  const at = pastTimeOf(text, new Date());
  if (at === undefined)
    throw new InvalidArgumentError("give how long ago (45m, 2h, 3d) or a time such as 2026-11-23T03:00:00Z");
  return at;
};

/** `history [REF]`: what was changed, by whom, why; one change set whole with `--change`. */
export function addHistoryCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("history")
    .argument("[ref]", "service/kind/name, a service, or nothing for all")
    .option("--limit <rows>", `how many rows, 1 to ${MOST}`, rows, 20)
    .option("--author <id>", "of one author only")
    .option("--change <id>", "one change set whole")
    .description("what was changed, by whom and why, the newest first")
    .action(async (ref: string | undefined, options: HistoryOptions) => {
      const globals = program.opts<GlobalOptions>();
      const remote = await openRemoteClient(globals, environment);
      const print = printer(globals);
      if (options.change !== undefined) await showChange(remote, globals.env, options.change, print);
      else if (ref?.includes("/") && options.author === undefined) {
        await showVersions(remote, globals.env, ref, options.limit, print);
      } else await showChanges(remote, globals.env, ref, options, print);
      exit(EXIT.ok);
    });
}

type Print = Session["print"];

async function showChange({ api, call }: RemoteClient, env: string, id: string, print: Print): Promise<void> {
  const entry = await call(() => api.history.changeSet.query({ env, id }));
  print(entry, () => [
    `${id} · r${entry.revision} · ${entry.journal.at} · ${entry.journal.author.kind} ${entry.journal.author.id}`,
    entry.journal.reason,
    ...linksOf(entry),
    ...table(
      entry.journal.edits.map((edit) => [
        edit.op,
        formatRef(edit),
        edit.body === undefined ? "" : JSON.stringify((edit.body as { spec?: unknown }).spec),
      ]),
    ),
  ]);
}

function linksOf({ journal }: HistoryEntry): string[] {
  const { groupId, undoes, approvedBy, override } = journal;
  return [
    ...(groupId === undefined ? [] : [`of the group ${groupId}`]),
    ...(undoes === undefined ? [] : [`takes back ${undoes}`]),
    ...(approvedBy === undefined ? [] : [`approved by ${approvedBy.kind} ${approvedBy.id}`]),
    ...(override === undefined
      ? []
      : [`against the interlock (${override.reason}): ${override.broke.join(" ")}`]),
  ];
}

async function showVersions(
  { api, call }: RemoteClient,
  env: string,
  text: string,
  limit: number,
  print: Print,
): Promise<void> {
  const ref = parseRef(text);
  const page = await call(() => api.history.versions.query({ env, ...ref, limit }));
  print(page, () =>
    page.rows.length === 0
      ? [`The history of ${env} knows no ${text}.`]
      : [
          ...table(
            page.rows.map((row) => [
              `v${row.version} · r${row.revision}`,
              row.at,
              row.op === "delete" ? "deleted" : "",
              `${row.author.kind} ${row.author.id}`,
              row.reason,
              row.changeSetId,
            ]),
          ),
          ...more(page.next, limit),
        ],
  );
}

async function showChanges(
  { api, call }: RemoteClient,
  env: string,
  text: string | undefined,
  { limit, author }: HistoryOptions,
  print: Print,
): Promise<void> {
  const of = text === undefined ? {} : text.includes("/") ? parseRef(text) : { service: text };
  const wanted = { env, ...of, limit, ...(author === undefined ? {} : { author }) };
  const page = await call(() => api.history.changeSets.query(wanted));
  print(page, () =>
    page.rows.length === 0
      ? [`The history of ${env} holds no such change set.`]
      : [
          ...table(
            page.rows.map(({ journal, revision }) => [
              `r${revision}`,
              journal.at,
              `${journal.author.kind} ${journal.author.id}`,
              summaryOf(journal.edits.map(formatRef)),
              journal.reason,
              journal.id,
            ]),
          ),
          ...more(page.next, limit),
        ],
  );
}

const summaryOf = ([first = "", ...rest]: readonly string[]): string =>
  rest.length === 0 ? first : `${first} and ${rest.length} more`;

const more = (next: string | undefined, limit: number): string[] =>
  next === undefined ? [] : [`… and older ones: --limit ${Math.min(MOST, limit * 5)}`];

/** `get [REF] --rev R | --at TIME`: levers as they were. */
export async function getPast(
  { api, call }: RemoteClient,
  env: string,
  text: string | undefined,
  moment: Moment,
  print: Print,
): Promise<number> {
  if (text === undefined) {
    const state = await call(() => api.history.stateAt.query({ env, moment }));
    print(state, () => [
      `${env} ${momentText(moment)}: ${state.length} levers`,
      ...table(
        state.map((row) => [formatRef(row), `v${row.version} · r${row.revision}`, row.at, row.reason]),
      ),
    ]);
    return EXIT.ok;
  }
  const row = await call(() => api.history.versionAt.query({ env, ...parseRef(text), moment }));
  if (row.op === "delete") {
    throw new DomainError("NOT_FOUND", `${text} was deleted ${momentText(moment)}: by ${row.changeSetId}.`);
  }
  print(row, () => [
    `${formatRef(row)} · v${row.version} · r${row.revision} ${momentText(moment)}`,
    JSON.stringify(row.body?.["spec"], null, 2),
    ...rolloutLines(row),
    `${row.at} ${row.author.kind} ${row.author.id}: ${row.reason}`,
  ]);
  return EXIT.ok;
}

const rolloutLines = ({ body }: ResourceVersion): string[] =>
  body?.["rollout"] === undefined ? [] : [`rollout ${JSON.stringify(body["rollout"], null, 2)}`];

const momentText = (moment: Moment): string =>
  "revision" in moment ? `at r${moment.revision}` : `at ${moment.at}`;

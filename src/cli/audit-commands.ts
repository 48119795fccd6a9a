import { type Command, InvalidArgumentError, Option } from "commander";
import type { Environment } from "../env.ts";
import type { AuditEvent } from "../features/audit/audit-event.ts";
import { csvHeader, csvLine } from "../features/audit/audit-text.ts";
import type { RemoteClient } from "./remote-client.ts";
import { EXIT, type GlobalOptions, openRemoteClient, printer } from "./session.ts";
import { table } from "./text.ts";

interface AuditOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly outcome?: AuditEvent["outcome"];
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly export?: "csv" | "json";
}

const PAGE = 200;

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > PAGE)
    throw new InvalidArgumentError(`give a whole number from 1 to ${PAGE}`);
  return value;
};

/** `audit` and `approvals`: what was done, and what waits for a second person. */
export function addAuditCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("audit")
    .description("what was done and refused, newest first; of every environment unless -e is given")
    .option("--actor <id>", "of one person or token")
    .option("--action <name>", "such as publish.commit")
    .addOption(new Option("--outcome <outcome>", "how it ended").choices(["done", "refused", "failed"]))
    .option("--from <time>", "from then on, such as 2026-11-23T03:00:00Z")
    .option("--to <time>", "before then")
    .option("-n, --limit <count>", "how many, at most 200", count, 50)
    .addOption(new Option("--export <format>", "all of them").choices(["csv", "json"]))
    .action(async ({ limit, export: format, ...asked }: AuditOptions) => {
      const options = program.opts<GlobalOptions>();
      const client = await openRemoteClient(options, environment);
      const filter = program.getOptionValueSource("env") === "cli" ? { env: options.env, ...asked } : asked;
      if (format === undefined) {
        const page = await client.call(() => client.api.audit.list.query({ ...filter, limit }));
        printer(options)(page, () => table(page.rows.map(rowOf)));
      } else await exportAll(client, filter, format);
      exit(EXIT.ok);
    });

  const approvals = program.command("approvals").description("what waits for a second person");
  const decide = async (
    what: "approve" | "reject" | "acknowledge",
    id: string,
    said: string,
  ): Promise<void> => {
    const options = program.opts<GlobalOptions>();
    const { api, call } = await openRemoteClient(options, environment);
    const done = await call<unknown>(() => api.approvals[what].mutate({ env: options.env, id }));
    printer(options)(done ?? { done: true }, () => [said]);
    exit(EXIT.ok);
  };
  approvals.command("list").action(async () => {
    const options = program.opts<GlobalOptions>();
    const { api, call } = await openRemoteClient(options, environment);
    const rows = await call(() => api.approvals.list.query({ env: options.env }));
    printer(options)(rows, () =>
      rows.length === 0
        ? [`Nothing waits in ${options.env}.`]
        : table(rows.map((one) => [one.id, one.kind, one.person, one.levers.join(", "), one.reason])),
    );
    exit(EXIT.ok);
  });
  for (const [what, description, said] of [
    ["approve", "publish it under its author's name", "is published"],
    ["reject", "drop it; its author may too", "is dropped"],
    ["acknowledge", "say that you have looked at an override", "is acknowledged"],
  ] as const) {
    approvals
      .command(what)
      .argument("<id>", "as approvals list names it")
      .description(description)
      .action((id: string) => decide(what, id, `${id} ${said}.`));
  }
  approvals
    .command("rule")
    .argument("[rule]", "none, or four-eyes; shown if left out")
    .description("whether the environment asks for a second person; changed by admins of everything")
    .action(async (rule?: string) => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      const { env } = options;
      if (rule !== undefined) {
        if (rule !== "none" && rule !== "four-eyes") throw new InvalidArgumentError("give none or four-eyes");
        await call(() => api.approvals.setRule.mutate({ env, approvals: rule }));
      }
      const now = await call(() => api.approvals.rule.query({ env }));
      printer(options)(now, () => [`${env}: ${now.approvals}`]);
      exit(EXIT.ok);
    });
}

const rowOf = (one: AuditEvent): readonly string[] => [
  one.at,
  one.outcome,
  `${one.actor.kind} ${one.actor.id}`,
  one.action,
  one.env ?? "",
  one.target ?? "",
];

/** A page at a time, so that a log of any length fits. */
async function exportAll(
  { api, call }: RemoteClient,
  filter: Omit<AuditOptions, "limit" | "export">,
  format: "csv" | "json",
): Promise<void> {
  const write = (text: string): boolean => process.stdout.write(text);
  write(format === "csv" ? csvHeader : "[");
  let cursor: string | undefined;
  let before = "\n";
  do {
    const page = await call(() => api.audit.list.query({ ...filter, limit: PAGE, cursor }));
    for (const row of page.rows) {
      write(format === "csv" ? csvLine(row) : `${before}${JSON.stringify(row)}`);
      before = ",\n";
    }
    cursor = page.next;
  } while (cursor !== undefined);
  if (format === "json") write("\n]\n");
}

import type { Command } from "commander";
import { ulid } from "ulid";
import type { Environment } from "../env.ts";
import { EXIT, type GlobalOptions, openRemoteClient, printer } from "./session.ts";
import { table } from "./text.ts";

/** `freeze list`, `freeze add` and `freeze lift`: times in which nothing is changed but by an admin's override. */
export function addFreezeCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const freeze = program.command("freeze").description("times in which levers stay as they are");
  const open = async () => {
    const options = program.opts<GlobalOptions>();
    return { env: options.env, print: printer(options), ...(await openRemoteClient(options, environment)) };
  };
  freeze
    .command("list")
    .description("freeze windows of the environment")
    .action(async () => {
      const { env, print, api, call } = await open();
      const windows = await call(() => api.freezes.list.query({ env }));
      print(windows, () =>
        windows.length === 0
          ? [`${env} has no freeze.`]
          : table(
              windows.map((one) => [
                one.id,
                one.from,
                one.to,
                one.services?.join(" ") ?? "every service",
                one.reason,
              ]),
            ),
      );
      exit(EXIT.ok);
    });
  freeze
    .command("add")
    .requiredOption("--from <time>", "its first moment (2026-11-11T00:00:00Z)")
    .requiredOption("--to <time>", "the first moment after it")
    .requiredOption("-r, --reason <text>", "what people read when they are refused")
    .option("-s, --service <names...>", "these services only")
    .description("keep levers as they are for a time")
    .action(async (options: { from: string; to: string; reason: string; service?: string[] }) => {
      const { env, print, api, call } = await open();
      const { service: services, ...times } = options;
      const window = { id: ulid(), ...times, ...(services === undefined ? {} : { services }) };
      await call(() => api.freezes.add.mutate({ env, window }));
      print(window, () => [`${env} is frozen from ${window.from} to ${window.to} (${window.id}).`]);
      exit(EXIT.ok);
    });
  freeze
    .command("lift")
    .argument("<freeze>", "its id")
    .description("end a freeze")
    .action(async (id: string) => {
      const { env, print, api, call } = await open();
      const left = await call(() => api.freezes.lift.mutate({ env, id }));
      print(left, () => [`${id} is lifted; ${left.length} left in ${env}.`]);
      exit(EXIT.ok);
    });
}

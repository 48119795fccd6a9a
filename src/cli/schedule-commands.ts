import { formatRef } from "@leverframe/agent/protocol";
import type { Command } from "commander";
import type { Environment } from "../env.ts";
import { EXIT, type GlobalOptions, openRemoteClient, printer } from "./session.ts";
import { table } from "./text.ts";

/** `schedule list` and `schedule cancel`; change sets are scheduled with `--at` on the commands that write. */
export function addScheduleCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const schedule = program.command("schedule").description("what will happen by itself");
  schedule
    .command("list")
    .description("expiries and scheduled change sets, the next first")
    .action(async () => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      const upcoming = await call(() => api.automation.upcoming.query({ env: options.env }));
      const waiting = await call(() => api.automation.list.query({ env: options.env }));
      const levers = new Map(waiting.map((one) => [one.id, one.request.edits.map(formatRef).join(" ")]));
      printer(options)({ upcoming, schedules: waiting }, () =>
        upcoming.length === 0
          ? [`Nothing ends or begins by itself in ${options.env}.`]
          : table(
              upcoming.map((one) => [
                one.at,
                one.kind === "expiry" ? "ends" : "publishes",
                one.kind === "expiry" ? one.id : `${one.id} ${levers.get(one.id) ?? ""}`,
                one.why !== undefined ? `NOT DONE: ${one.why}` : one.overdue ? "overdue" : "",
              ]),
            ),
      );
      exit(EXIT.ok);
    });
  schedule
    .command("cancel")
    .argument("<change>", "the change set's id")
    .description("withdraw a scheduled change set")
    .action(async (id: string) => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      const gone = await call(() => api.automation.cancel.mutate({ env: options.env, id }));
      printer(options)(gone, () => [`${id} will not be published (it was due at ${gone.at}).`]);
      exit(EXIT.ok);
    });
}

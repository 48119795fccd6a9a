import { parseRef } from "@leverframe/agent/protocol";
import type { Command } from "commander";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import { EXIT, type GlobalOptions, openRemoteClient, printer } from "./session.ts";

/** `secrets reveal | keys | rotate`; values are closed with `set … --secret`. All of it stands in the audit log. */
export function addSecretsCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const secrets = program.command("secrets").description("secret configs, for admins");
  secrets
    .command("reveal")
    .argument("<ref>", "service/config/name")
    .description("the value in the clear; the audit log says who asked")
    .action(async (text: string) => {
      const options = program.opts<GlobalOptions>();
      const { service, kind, name } = parseRef(text);
      if (kind !== "config")
        throw new DomainError("INVALID", `${text} is no config: only configs are secret.`);
      const { api, call } = await openRemoteClient(options, environment);
      const found = await call(() => api.secrets.reveal.mutate({ env: options.env, service, name }));
      printer(options)(found, () => [found.value]);
      exit(EXIT.ok);
    });
  secrets
    .command("keys")
    .argument("<service>", "one service")
    .description("what the service needs as LEVERFRAME_SECRET_KEYS to open its own secrets, and no others")
    .action(async (service: string) => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      const { keys } = await call(() => api.secrets.serviceKeys.mutate({ env: options.env, service }));
      printer(options)({ service, keys }, () => [keys]);
      exit(EXIT.ok);
    });
  secrets
    .command("rotate")
    .option("--new-key", "make a newer key; give services their new keys before anything else", false)
    .description("close every secret of the environment anew with the newest key")
    .action(async ({ newKey }: { newKey: boolean }) => {
      const options = program.opts<GlobalOptions>();
      const { api, call } = await openRemoteClient(options, environment);
      if (newKey) {
        const { kid } = await call(() => api.secrets.renew.mutate());
        printer(options)({ kid }, () => [
          `Key ${kid} is there. Next: leverframe secrets keys SERVICE for each service that holds secrets,`,
          "restart it with them, then leverframe secrets rotate.",
        ]);
      } else {
        const { sealed } = await call(() => api.secrets.reseal.mutate({ env: options.env }));
        printer(options)({ sealed }, () =>
          sealed.length === 0
            ? ["Every secret is closed with the newest key already."]
            : [...sealed, `${sealed.length} closed anew.`],
        );
      }
      exit(EXIT.ok);
    });
}

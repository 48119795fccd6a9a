import { type Command, InvalidArgumentError, Option } from "commander";
import { ROLES, type Role, type Scope } from "../domain/access.ts";
import type { Environment } from "../env.ts";
import type { RemoteClient } from "./remote-client.ts";
import { EXIT, type GlobalOptions, openRemoteClient, printer } from "./session.ts";
import { table } from "./text.ts";

interface RightOptions {
  readonly role: Role;
  readonly services: string;
  readonly everywhere: boolean;
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
    return value;
  };

const scopeText = ({ role, env, services }: Scope): string => `${role} in ${env} for ${services}`;

/** `people`, `grants`, `tokens` and `break-glass`: who there is, and what they may do. */
export function addPeopleCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const run = async <T>(
    ask: (api: RemoteClient["api"], env: string) => Promise<T>,
    lines: (answer: T) => readonly string[],
  ): Promise<void> => {
    const options = program.opts<GlobalOptions>();
    const { api, call } = await openRemoteClient(options, environment);
    const answer = await call(() => ask(api, options.env));
    printer(options)(answer ?? { done: true }, () => lines(answer));
    exit(EXIT.ok);
  };
  const right = (command: Command): Command =>
    command
      .addOption(new Option("--role <role>", "what it allows").choices(ROLES).makeOptionMandatory())
      .option("--services <glob>", "*, a service's name, or the start of names and a *", "*")
      .option("--everywhere", "in every environment, not in that of -e", false);
  const scopeOf = ({ role, services, everywhere }: RightOptions): Scope => ({
    role,
    services,
    env: everywhere ? "*" : program.opts<GlobalOptions>().env,
  });

  const people = program.command("people").description("who there is, for admins of everything");
  people.command("list").action(() =>
    run(
      (api) => api.people.list.query(),
      (rows) =>
        table(
          rows.map((one) => [
            one.id,
            one.email,
            one.disabled ? "disabled" : "",
            one.grants.map(scopeText).join("; "),
          ]),
        ),
    ),
  );
  people
    .command("invite")
    .argument("<email or id>", "an address makes somebody new; an id invites them again")
    .option("--name <name>", "what they are called; the address if left out")
    .description("print a link by which they set a password within a week")
    .action((who: string, { name }: { name?: string }) =>
      run(
        async (api) =>
          who.includes("@")
            ? api.people.create.mutate({ email: who, name: name ?? who })
            : { id: who, ...(await api.people.invite.mutate({ person: who })) },
        ({ id, url }) => [`${id} sets a password with this link, once, within a week:`, url],
      ),
    );
  for (const [name, what] of [
    ["disable", "end their sessions and tokens, and let them in no more"],
    ["enable", "let them in again"],
    ["sign-out", "end their sessions; they may sign in again"],
  ] as const) {
    people
      .command(name)
      .argument("<id>")
      .description(what)
      .action((person: string) =>
        run(
          (api) => {
            if (name === "disable") return api.people.disable.mutate({ person });
            return name === "enable"
              ? api.people.enable.mutate({ person })
              : api.people.revokeSessions.mutate({ person });
          },
          () => [`Done: ${name} ${person}.`],
        ),
      );
  }

  const grants = program.command("grants").description("who may do what, for admins of everything");
  grants.command("list").action(() =>
    run(
      (api) => api.grants.list.query(),
      (rows) => table(rows.map((one) => [one.id, `${one.subject.kind} ${one.subject.id}`, scopeText(one)])),
    ),
  );
  right(grants.command("give").argument("<id>", "a person, or with --token a token"))
    .option("--token", "to a token", false)
    .action((id: string, options: RightOptions & { token: boolean }) =>
      run(
        (api) =>
          api.grants.give.mutate({
            subject: { kind: options.token ? "token" : "person", id },
            ...scopeOf(options),
          }),
        (grant) => [`${id} is ${scopeText(grant)} now (grant ${grant.id}).`],
      ),
    );
  grants
    .command("take")
    .argument("<grant>", "as grants list names it")
    .action((id: string) =>
      run(
        (api) => api.grants.take.mutate({ id }),
        () => [`Grant ${id} is taken.`],
      ),
    );

  const tokens = program
    .command("tokens")
    .description("API tokens: your own, or all for admins of everything");
  tokens.command("list").action(() =>
    run(
      (api) => api.tokens.list.query(),
      (rows) =>
        table(
          rows.map((one) => [
            one.key,
            one.name,
            one.owner ?? "machine",
            one.expiresAt === null ? "never ends" : `${one.expired ? "ended" : "ends"} ${one.expiresAt}`,
            one.scopes.map(scopeText).join("; "),
          ]),
        ),
    ),
  );
  right(tokens.command("create").argument("<name>", "what it is for"))
    .option("--days <days>", "how long it lasts, at most 366", whole(1, 366), 90)
    .option("--machine", "nobody's: it lives on when its maker goes", false)
    .description("print a token's text, once")
    .action((name: string, options: RightOptions & { days: number; machine: boolean }) =>
      run(
        (api) =>
          api.tokens.create.mutate({
            name,
            scopes: [scopeOf(options)],
            expiresInDays: options.days,
            machine: options.machine,
          }),
        ({ token }) => [token],
      ),
    );
  tokens
    .command("revoke")
    .argument("<key>", "as tokens list names it")
    .action((key: string) =>
      run(
        (api) => api.tokens.revoke.mutate({ key }),
        () => [`Token ${key} counts no more.`],
      ),
    );
  program
    .command("break-glass")
    .description(
      "print the one token for emergencies, once; the one before counts no more. Each use of it is told.",
    )
    .action(() =>
      run(
        (api) => api.tokens.breakGlass.mutate(),
        ({ token }) => [token],
      ),
    );
}

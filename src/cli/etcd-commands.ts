import { openEtcd } from "@leverframe/agent/etcd";
import { environmentName, parseForeignKey, parseKey, serviceName } from "@leverframe/agent/protocol";
import type { Command } from "commander";
import { DomainError } from "../domain/errors.ts";
import { controlPlaneRole, type EtcdRole, etcdctlLines, serviceRole } from "../domain/etcd-roles.ts";
import type { Environment } from "../env.ts";
import { applyRoles, enableRoles } from "../infra/etcd/apply-roles.ts";
import { readEnvironmentState } from "../infra/etcd/read-environment.ts";
import { securityOf } from "../wiring/etcd-clusters.ts";
import { directEndpoints, EXIT, type GlobalOptions } from "./session.ts";

interface RolesOptions {
  readonly services?: string;
  readonly apply: boolean;
  readonly enable: boolean;
}

/** `etcd roles`: who may touch which keys, by the common name of a certificate. */
export function addEtcdCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("etcd")
    .description("etcd itself; always with etcd alone, as whoever ETCD_CERT_FILE names")
    .command("roles")
    .option("-s, --services <names>", "by comma; left out: those that are registered or have levers")
    .option("--apply", "make them in etcd, instead of printing lines for etcdctl", false)
    .option("--enable", "with --apply: switch roles on; from then on only known certificates get in", false)
    .description("a role for each service and one for the control planes")
    .action(async (options: RolesOptions) => {
      exit(await roles(program.opts<GlobalOptions>().env, environment, options));
    });
}

async function roles(env: string, environment: Environment, options: RolesOptions): Promise<number> {
  const name = environmentName.safeParse(env);
  if (!name.success) throw new DomainError("INVALID", name.error.issues[0]?.message ?? "not an environment");
  if (options.enable && !options.apply) throw new DomainError("INVALID", "--enable goes with --apply.");
  const endpoints = await directEndpoints(environment);
  const etcd = openEtcd({ endpoints, ...(await securityOf(environment)) });
  try {
    const services = options.services?.split(",").map((part) => serviceName.parse(part.trim()));
    const named = services ?? (await knownServices(etcd, env));
    const wanted: EtcdRole[] = [controlPlaneRole, ...named.map((service) => serviceRole(env, service))];
    if (!options.apply) {
      process.stdout.write(`${wanted.flatMap(etcdctlLines).join("\n")}\n`);
      return EXIT.ok;
    }
    await applyRoles(etcd, wanted);
    if (options.enable) await enableRoles(etcd);
    process.stdout.write(
      [
        ...wanted.map((role) => `${role.name}: a certificate with this common name has the role`),
        options.enable
          ? "Roles are on: clients without a known certificate are refused."
          : "Roles are not switched on by this. When every certificate is in place: --apply --enable.",
        "",
      ].join("\n"),
    );
    return EXIT.ok;
  } finally {
    etcd.close();
  }
}

async function knownServices(
  etcd: Parameters<typeof readEnvironmentState>[0],
  env: string,
): Promise<string[]> {
  const state = await readEnvironmentState(etcd, env);
  const names = new Set<string>();
  for (const key of [...state.live.keys(), ...state.registry.keys()]) {
    const place = parseKey(key);
    if (place.at === "live" || place.at === "registry") names.add(place.service);
  }
  for (const key of state.foreign.keys()) {
    const foreign = parseForeignKey(key);
    if (foreign !== undefined) names.add(foreign.service);
  }
  return [...names].filter((name) => serviceName.safeParse(name).success).sort();
}

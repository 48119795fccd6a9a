import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { remoteClient } from "../../src/cli/remote-client.ts";
import { ENVIRONMENT } from "./plan.ts";

const DAYS = 365;

/** Where the shop's services send traces and figures, as OpenTelemetry's own variables say it. */
export async function reportingVariables(options: {
  readonly console: string;
  /** Of an admin: makes the services' token where there is none yet. */
  readonly token: string;
  /** Where OTLP comes in; the console's own port does it too. */
  readonly endpoint: string;
  readonly data: string;
}): Promise<Record<string, string>> {
  const file = path.join(options.data, "shop-reporter-token");
  const kept = (await readFile(file, "utf8").catch(() => "")).trim();
  const token = (await isGood(options.console, kept)) ? kept : await newToken(options.console, options.token);
  if (token !== kept) await writeFile(file, token, { mode: 0o600 });
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: options.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(`Bearer ${token}`)}`,
  };
}

/** A reporter's alone knows itself in no other environment; one that is gone knows nobody. */
async function isGood(console: string, token: string): Promise<boolean> {
  if (token === "") return false;
  const { api, call } = remoteClient(console, token);
  return call(() => api.session.me.query()).then(
    ({ scopes }) => scopes.some(({ role, env }) => role === "reporter" && env === ENVIRONMENT),
    () => false,
  );
}

async function newToken(console: string, token: string): Promise<string> {
  const { api, call } = remoteClient(console, token);
  const made = await call(() =>
    api.tokens.create.mutate({
      name: "shop services",
      scopes: [{ role: "reporter", env: ENVIRONMENT, services: "*" }],
      expiresInDays: DAYS,
      machine: true,
    }),
  );
  return made.token;
}

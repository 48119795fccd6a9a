import type { IncomingMessage } from "node:http";
import { isDomainError } from "../domain/errors.ts";
import type { TargetGroup } from "../features/metrics/prometheus-targets.ts";
import { sendJson } from "./answers.ts";
import type { HttpRoute } from "./http-server.ts";

export const SD_PATH = "/api/sd/prometheus";

const environmentOf = (request: IncomingMessage): string | undefined =>
  new URL(request.url ?? "/", "http://local").searchParams.get("env") ?? undefined;

/**
 * Prometheus' HTTP service discovery: `GET /api/sd/prometheus?env=prod` gives every instance that is registered and
 * exposes metrics, to whoever may see the environment. Where that can't be known now (`groups` throws UNAVAILABLE) it
 * answers 503, upon which Prometheus keeps the targets that it has; an empty list is said only when nobody is there.
 */
export const prometheusSdRoute = (groups: (env: string) => readonly TargetGroup[]): HttpRoute => ({
  pathname: SD_PATH,
  rule: { role: "viewer", on: "environment" },
  input: (request) => ({ env: environmentOf(request) }),
  handle: async (request, response) => {
    try {
      response.setHeader("cache-control", "no-store");
      sendJson(response, 200, groups(environmentOf(request) ?? ""));
    } catch (error) {
      if (!isDomainError(error)) throw error;
      if (error.code === "UNAVAILABLE") response.setHeader("retry-after", "5");
      sendJson(response, error.code === "NOT_FOUND" ? 404 : 503, { error: error.publicMessage });
    }
  },
});

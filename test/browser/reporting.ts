import type { APIRequestContext } from "@playwright/test";
import { consoleUrl, ENVIRONMENT, expect } from "./fixtures.ts";

/** A token that may report, made as an admin makes it. */
export async function reporterToken(request: APIRequestContext): Promise<string> {
  const scopes = [{ role: "reporter", env: ENVIRONMENT, services: "*" }];
  const answer = await request.post("/api/trpc/tokens.create", {
    headers: { origin: consoleUrl() },
    data: { json: { name: "a plain SDK", scopes, expiresInDays: 1, machine: true } },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return ((await answer.json()) as { result: { data: { json: { token: string } } } }).result.data.json.token;
}

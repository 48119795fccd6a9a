import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { AgentServer } from "./agent-server.ts";

let server: AgentServer | undefined;
afterEach(() => server?.close());

const listen = async (o: { ok?: boolean; fail?: boolean; port?: number } = {}) => {
  const registry = new Registry();
  server = await AgentServer.listen({
    host: "127.0.0.1",
    port: o.port ?? 0,
    metrics: async () => {
      if (o.fail) throw new Error("broken");
      return { type: registry.contentType, text: "a 1\n" };
    },
    health: () => ({ ok: o.ok ?? true, body: { ready: o.ok ?? true } }),
  });
  return `http://127.0.0.1:${server.port}`;
};

test("serves /metrics and /healthz, and nothing else", async () => {
  const url = await listen();
  const metrics = await fetch(`${url}/metrics?x=1`);
  expect([metrics.status, await metrics.text()]).toEqual([200, "a 1\n"]);
  expect(metrics.headers.get("content-type")).toContain("text/plain");
  const health = await fetch(`${url}/healthz`);
  expect([health.status, await health.json()]).toEqual([200, { ready: true }]);
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: "POST", body: "x" })).status).toBe(405);
});

test("says 503 while not ready", async () => {
  expect((await fetch(`${await listen({ ok: false })}/healthz`)).status).toBe(503);
});

test("a scrape that fails ends its own connection only", async () => {
  const url = await listen({ fail: true });
  await expect(fetch(`${url}/metrics`)).rejects.toThrow();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test("a port that is taken rejects", async () => {
  const url = await listen();
  const taken = server;
  await expect(listen({ port: Number(new URL(url).port) })).rejects.toThrow("EADDRINUSE");
  await taken?.close();
});

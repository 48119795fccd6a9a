import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type Agent, createAgent } from "@leverframe/agent";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type RemoteClient, remoteClient } from "../../src/cli/remote-client.ts";
import { ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { WebhookSink } from "../support/message-sink.ts";
import { findPrometheusProgram } from "../support/prometheus-programs.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Rules, messages and their history on the real server: what is told, once, and to whom. */
const ENV = "prod";
const worker = useWorkerEtcd();
let server: ControlPlaneProcess;
let remote: RemoteClient;
let sink: WebhookSink;
let agent: Agent | undefined;

beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: ENV });
  remote = remoteClient(server.url, await server.token());
  sink = await WebhookSink.start();
});
afterAll(async () => {
  await agent?.close();
  await sink[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

interface Told {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[];
}
const told = (): string[] =>
  sink.taken.map(({ body }) => {
    const { alerts } = body as Told;
    return alerts.map(({ status, labels }) => `${status} ${labels["alertname"] ?? ""}`).join("+");
  });
const rule = {
  name: "SomebodyLives",
  severity: "info",
  condition: {
    figure: { kind: "gauge", metric: "leverframe_instances", by: "max", where: { state: { is: "live" } } },
    by: ["state"] as string[],
    windowSeconds: 15,
    op: ">",
    threshold: 0,
  },
  forSeconds: 0,
  summary: "{{ value }} instances are {{ state }} in {{ env }}",
} satisfies Parameters<RemoteClient["api"]["alerts"]["putRule"]["mutate"]>[0]["rule"];

describe("an alert", () => {
  test("is told once, also by a control plane that was killed and started again, and its end too", async () => {
    const { api, call } = remote;
    await call(() =>
      api.alerts.putReceiver.mutate({ env: ENV, name: "night", target: { type: "webhook", url: sink.url } }),
    );
    await call(() => api.alerts.putRule.mutate({ env: ENV, rule, before: null }));
    const routes = [{ match: [], receiver: "night", groupWaitSeconds: 0, groupIntervalSeconds: 5 }];
    await call(() => api.alerts.setRouting.mutate({ env: ENV, routes, inhibitions: [], saleDays: [] }));
    agent = createAgent({
      service: "order",
      env: ENV,
      instance: "order-1",
      etcd: { endpoints: [worker.endpoint] },
      metrics: false,
      snapshotDir: false,
    });
    await agent.start();
    await expect.poll(told, { timeout: 40_000 }).toEqual(["firing SomebodyLives"]);
    const standing = await api.alerts.standing.query({ env: ENV });
    const alert = standing.alerts.find((one) => one.rule === "SomebodyLives");
    expect(alert?.summary).toBe("1 instances are live in prod");

    // Told and kept: what was under way in the very moment of a kill may be told again.
    const delivered = async (): Promise<boolean[]> =>
      (await api.alerts.standing.query({ env: ENV })).deliveries.map(({ ok }) => ok);
    await expect.poll(delivered, { timeout: 20_000 }).toEqual([true]);
    await server.kill();
    await server.up();
    remote = remoteClient(server.url, await server.token());
    const before = Date.now();
    // The next one leads and looked: nothing was told again by it.
    await expect
      .poll(async () => Date.parse((await remote.api.alerts.standing.query({ env: ENV })).lookedAt ?? ""), {
        timeout: 40_000,
      })
      .toBeGreaterThan(before);
    await agent.close();
    agent = undefined;
    await expect.poll(told, { timeout: 20_000 }).toEqual(["firing SomebodyLives", "resolved SomebodyLives"]);
    const ends = async (): Promise<(string | undefined)[]> =>
      (await remote.api.alerts.history.query({ env: ENV, name: rule.name })).rows.map(({ endsAt }) => endsAt);
    await expect.poll(ends, { timeout: 20_000 }).toEqual([expect.any(String)]);
  }, 150_000);

  test("of a rule that can't be measured says why, and is none", async () => {
    const { problems, alerts } = await remote.api.alerts.standing.query({ env: ENV });
    expect(problems.map((problem) => problem.rule)).toContain("BreakerOpen");
    expect(alerts.map((alert) => alert.rule)).not.toContain("BreakerOpen");
  });

  test("settings show no secret, and a rule that somebody changed meanwhile is not overwritten", async () => {
    const { api, call } = remote;
    const settings = await api.alerts.settings.query({ env: ENV });
    expect(JSON.stringify(settings)).not.toMatch(/sealed|"ct"/);
    const there = settings.rules.find(({ name }) => name === rule.name) ?? null;
    await call(() =>
      api.alerts.putRule.mutate({ env: ENV, rule: { ...rule, forSeconds: 7 }, before: there }),
    );
    await expect(
      call(() => api.alerts.putRule.mutate({ env: ENV, rule: { ...rule, forSeconds: 9 }, before: there })),
    ).rejects.toThrow(/changed by somebody else/);
    const empty = { routes: [], inhibitions: [], saleDays: [] };
    await expect(
      call(() => api.alerts.setRouting.mutate({ env: ENV, ...empty, before: empty })),
    ).rejects.toThrow(/routing was changed by somebody else/);
    const value = (await worker.etcd.get(`/leverframe/v1/control/alerts/${ENV}/settings`))?.value.toString();
    expect(value).toContain("night");
    expect(value).not.toContain(sink.url);
  });
});

describe("an Alertmanager", () => {
  const message = (status: "firing" | "resolved", startsAt: string): object => ({
    version: "4",
    status,
    alerts: [
      {
        status,
        labels: { alertname: "DiskFull", severity: "critical" },
        annotations: { summary: "the disk is full" },
        startsAt,
        endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : "2026-11-11T03:00:00.5+08:00",
        fingerprint: "aabbccdd00112233",
      },
    ],
  });
  const post = (body: unknown, headers: Record<string, string>, env = ENV): Promise<Response> =>
    fetch(`${server.url}/api/alertmanager?env=${env}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });

  test("is heard once for each start and end, whatever it repeats", async () => {
    const people = new ConsolePeople(server.url, await server.token());
    const { caller } = await people.machineToken([{ role: "reporter", env: ENV, services: "*" }]);
    const headers = { ...caller };
    const changed = async (body: object): Promise<unknown> => (await post(body, headers)).json();
    const startsAt = "2026-11-11T02:00:00.123+08:00";
    expect(await changed(message("firing", startsAt))).toEqual({ changed: 1 });
    expect(await changed(message("firing", startsAt))).toEqual({ changed: 0 });
    const { elsewhere } = await remote.api.alerts.standing.query({ env: ENV });
    expect(elsewhere?.map(({ name }) => name)).toEqual(["DiskFull"]);
    expect(await changed(message("resolved", startsAt))).toEqual({ changed: 1 });
    expect(await changed(message("resolved", startsAt))).toEqual({ changed: 0 });
    expect(await changed(message("firing", "2026-11-12T02:00:00+08:00"))).toEqual({ changed: 1 });
    const { rows } = await remote.api.alerts.history.query({ env: ENV, name: "DiskFull" });
    expect(rows.map(({ startsAt: at, endsAt }) => [at, endsAt ?? "fires"])).toEqual([
      ["2026-11-11T18:00:00.000Z", "fires"],
      ["2026-11-10T18:00:00.123Z", "2026-11-10T19:00:00.500Z"],
    ]);

    expect((await post("{", headers)).status).toBe(400);
    expect((await post({ version: "3" }, headers)).status).toBe(400);
    expect((await post(message("firing", startsAt), {})).status).toBe(401);
    expect((await post(message("firing", startsAt), headers, "none")).status).toBe(403);
    expect((await post(`"${"x".repeat(5 * 1024 * 1024)}"`, headers)).status).toBe(413);
  });
});

test("Prometheus takes the rules as they are exported", async () => {
  const response = await fetch(`${server.url}/api/alerts/rules?env=${ENV}`, {
    headers: { authorization: `Bearer ${await server.token()}` },
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const file = path.join(server.dataDir, "leverframe.rules.yml");
  await writeFile(file, text);
  const promtool = await findPrometheusProgram("promtool");
  const { stdout } = await promisify(execFile)(promtool, ["check", "rules", file], { timeout: 30_000 });
  const { groups } = parse(text) as { groups: { rules: unknown[] }[] };
  expect(stdout).toContain(`SUCCESS: ${groups[0]?.rules.length ?? 0} rules found`);
});

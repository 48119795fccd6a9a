import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RemoteClient, remoteClient } from "../../src/cli/remote-client.ts";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { alertmanagerDirectory, findPrometheusProgram } from "../support/prometheus-programs.ts";

/** The distribution's own Alertmanager tells us of alerts: restarts of either side and repeats make no duplicates. */
const ENV = "prod";
let etcd: EtcdServer;
let server: ControlPlaneProcess;
let remote: RemoteClient;
let dir: string;
let child: ChildProcess | undefined;
let url: string;

beforeEach(async () => {
  etcd = await EtcdServer.start();
  server = await ControlPlaneProcess.start({ etcd: etcd.endpoint, environments: ENV });
  remote = remoteClient(server.url, await server.token());
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-alertmanager-"));
});
afterEach(async () => {
  await stop();
  await server[Symbol.asyncDispose]();
  await etcd.close();
  await rm(dir, { recursive: true, force: true });
});

async function configure(token: string): Promise<void> {
  const config = {
    route: { receiver: "leverframe", group_wait: "1s", group_interval: "1s", repeat_interval: "1s" },
    receivers: [
      {
        name: "leverframe",
        webhook_configs: [
          {
            url: `${server.url}/api/alertmanager?env=${ENV}`,
            send_resolved: true,
            http_config: { authorization: { credentials: token } },
          },
        ],
      },
    ],
  };
  // JSON is YAML.
  await writeFile(path.join(dir, "alertmanager.yml"), JSON.stringify(config));
}

async function start(life: number): Promise<void> {
  const [port = 0] = await freeLoopbackPorts(1);
  url = `http://127.0.0.1:${port}`;
  child = spawn(
    await findPrometheusProgram("prometheus-alertmanager"),
    [
      `--config.file=${path.join(dir, "alertmanager.yml")}`,
      `--storage.path=${path.join(dir, `data-${life}`)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore", cwd: alertmanagerDirectory() },
  );
  const ready = async (): Promise<boolean> =>
    fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(ready, { timeout: 20_000 }).toBe(true);
}

async function stop(): Promise<void> {
  const running = child;
  child = undefined;
  if (running === undefined || running.exitCode !== null) return;
  const ended = new Promise((resolve) => running.once("exit", resolve));
  running.kill("SIGKILL");
  await ended;
}

const tell = async (startsAt: string, endsAt: string): Promise<void> => {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([
      {
        labels: { alertname: "DiskFull", severity: "critical" },
        annotations: { summary: "the disk is full" },
        startsAt,
        endsAt,
      },
    ]),
    signal: AbortSignal.timeout(5_000),
  });
  expect(response.status).toBe(200);
};

/** Messages to us that were taken. */
const sent = async (): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  const count = (name: string): number =>
    Number(new RegExp(`^${name}\\{integration="webhook"[^}]*\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  return count("alertmanager_notifications_total") - count("alertmanager_notifications_failed_total");
};

const rows = async (): Promise<string[]> =>
  (await remote.api.alerts.history.query({ env: ENV })).rows.map(
    ({ name, endsAt }) => `${name} ${endsAt === undefined ? "fires" : "ended"}`,
  );

test("what is repeated, or told again after a restart, is one alert", async () => {
  const people = new ConsolePeople(server.url, await server.token());
  const { caller } = await people.machineToken([{ role: "reporter", env: ENV, services: "*" }]);
  await configure(caller["authorization"]?.replace("Bearer ", "") ?? "");
  await start(1);
  const startsAt = new Date(Date.now() - 60_000).toISOString();
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await tell(startsAt, later);
  await expect.poll(sent, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
  expect(await rows()).toEqual(["DiskFull fires"]);

  // Without its memory, it tells all of it anew.
  await stop();
  await start(2);
  await tell(startsAt, later);
  await expect.poll(sent, { timeout: 30_000 }).toBeGreaterThanOrEqual(1);
  expect(await rows()).toEqual(["DiskFull fires"]);

  await server.kill();
  const before = await sent();
  await server.up();
  remote = remoteClient(server.url, await server.token());
  await expect.poll(sent, { timeout: 60_000 }).toBeGreaterThan(before);
  expect(await rows()).toEqual(["DiskFull fires"]);

  await tell(startsAt, new Date().toISOString());
  await expect.poll(rows, { timeout: 60_000 }).toEqual(["DiskFull ended"]);
});

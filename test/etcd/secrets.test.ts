import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Agent, createAgent } from "@leverframe/agent";
import { formatKeys } from "@leverframe/agent/secrets";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import * as z from "zod";
import { type RemoteClient, remoteClient } from "../../src/cli/remote-client.ts";
import { remoteLevers } from "../../src/cli/remote-levers.ts";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { isDomainError } from "../../src/domain/errors.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Guarantee (DESIGN §4, *Security of the path*): a secret is in the clear in its service's memory, and nowhere else. */
const ENV = "prod";
const worker = useWorkerEtcd();
// Texts that nothing else can hold by chance, one for each way in.
const word = (what: string): string => `PLAIN-${what}-${randomBytes(12).toString("hex")}`;
const PLAIN = {
  first: word("first"),
  second: word("second"),
  candidate: word("candidate"),
  scheduled: word("scheduled"),
  refused: word("refused"),
  restored: word("restored"),
};
let server: ControlPlaneProcess;
let remote: RemoteClient;
let agent: Agent;
let snapshots = "";
let frames = "";
let answers = "";
const agentLog: string[] = [];
let config: { get(): string };

const edit = (value: string, extra: Partial<EditRequest> = {}): EditRequest => ({
  service: "order",
  kind: "config",
  name: "bank",
  op: "put",
  spec: { format: "text", value },
  secret: true,
  baseRevision: 0,
  ...extra,
});
const request = (edits: EditRequest[]) => ({ env: ENV, id: ulid(), reason: "a secret", edits });
const publish = async (...edits: EditRequest[]): Promise<number> => {
  const { api, call } = remote;
  const done = await call(() => api.publish.commit.mutate(request(edits)));
  answers += JSON.stringify(done);
  return done.revision;
};
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isDomainError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error.publicMessage;
};
const expectRead = async (value: unknown): Promise<void> => {
  await expect.poll(() => config.get(), { timeout: 10_000 }).toBe(value);
};

beforeAll(async () => {
  server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: ENV,
    env: { LOG_LEVEL: "trace" },
  });
  remote = remoteClient(server.url, await server.token());
  const { keys } = await remote.api.secrets.serviceKeys.mutate({ env: ENV, service: "order" });
  snapshots = await mkdtemp(path.join(tmpdir(), "leverframe-snapshots-"));
  const note = (...said: unknown[]): void => void agentLog.push(JSON.stringify(said));
  agent = createAgent({
    service: "order",
    env: ENV,
    instance: "order-1",
    etcd: { endpoints: [worker.endpoint] },
    metrics: false,
    snapshotDir: snapshots,
    secretKeys: keys,
    logger: { info: note, warn: note, error: note },
  });
  config = agent.config("bank", z.string(), { default: "none" });
  await agent.start();
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/ws`, {
    headers: { authorization: `Bearer ${await server.token()}` },
  });
  socket.on("message", (text: Buffer) => (frames += text.toString()));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const params = { path: "events.stream", input: { json: { env: ENV } } };
  socket.send(JSON.stringify({ id: 1, jsonrpc: "2.0", method: "subscription", params }));
});

afterAll(async () => {
  await agent.close();
  await server[Symbol.asyncDispose]();
  await rm(snapshots, { recursive: true, force: true });
});

describe("a secret config", () => {
  let revision = 0;

  test("is read by its service, with its rollout, and comes back after an expiry", async () => {
    revision = await publish(edit(PLAIN.first));
    await expectRead(PLAIN.first);
    revision = await publish(
      edit(PLAIN.second, {
        baseRevision: revision,
        rollout: {
          id: ulid(),
          salt: "s",
          shareBp: 0,
          stickiness: "instance",
          candidate: { format: "text", value: PLAIN.candidate },
        },
        expiry: {
          at: new Date(Date.now() + 3_000).toISOString(),
          restore: { format: "text", value: PLAIN.restored },
        },
      }),
    );
    await expectRead(PLAIN.second);
    await expectRead(PLAIN.restored);
  });

  test("is scheduled closed, and published at its time", async () => {
    const { api, call } = remote;
    const lever = await call(() =>
      api.levers.get.query({ env: ENV, service: "order", kind: "config", name: "bank" }),
    );
    const at = new Date(Date.now() + 1_500).toISOString();
    const planned = await call(() =>
      api.automation.schedule.mutate({
        ...request([edit(PLAIN.scheduled, { baseRevision: lever.lever.revision })]),
        at,
      }),
    );
    answers += JSON.stringify(planned);
    answers += JSON.stringify(await call(() => api.automation.list.query({ env: ENV })));
    await expectRead(PLAIN.scheduled);
  });

  test("that is not valid is refused without a word of it", async () => {
    const bad = edit(PLAIN.refused, { name: "other", spec: { format: "json", value: `{${PLAIN.refused}` } });
    const why = await refusal(remote.call(() => remote.api.publish.commit.mutate(request([bad]))));
    expect(why).toContain("is not JSON");
    expect(why).not.toContain(PLAIN.refused);
    const everywhere = edit(PLAIN.refused, { service: "*" });
    expect(
      await refusal(remote.call(() => remote.api.publish.commit.mutate(request([everywhere])))),
    ).toContain("belongs to one service");
  });

  test("is not replaced in the clear, and not closed without the console", async () => {
    const { lever } = await remote.api.levers.get.query({
      env: ENV,
      service: "order",
      kind: "config",
      name: "bank",
    });
    const { secret: _, ...open } = edit("open", { baseRevision: lever.revision });
    expect(await refusal(remoteLevers(server.url, await server.token()).publish(request([open])))).toContain(
      "is secret: send the new value as secret too",
    );
  });

  test("is revealed to admins", async () => {
    const found = await remote.api.secrets.reveal.mutate({ env: ENV, service: "order", name: "bank" });
    expect(found.value).toBe(PLAIN.scheduled);
  });

  test("opens for no other service, and says so by receipt", async () => {
    const stranger = createAgent({
      service: "order",
      env: ENV,
      instance: "order-2",
      etcd: { endpoints: [worker.endpoint] },
      metrics: false,
      snapshotDir: false,
      secretKeys: formatKeys([{ kid: "k1", key: randomBytes(32) }]),
    });
    const theirs = stranger.config("bank", z.string(), { default: "none" });
    await stranger.start();
    expect(theirs.get()).toBe("none");
    expect(stranger.status.held[0]?.reason).toContain("key k1 does not open it");
    await stranger.close();
  });

  test("is closed anew with a newer key, which services must have first", async () => {
    const { api, call } = remote;
    const { kid } = await call(() => api.secrets.renew.mutate());
    const { keys } = await call(() => api.secrets.serviceKeys.mutate({ env: ENV, service: "order" }));
    expect(keys.startsWith(`${kid}:`)).toBe(true);
    const second = createAgent({
      service: "order",
      env: ENV,
      instance: "order-3",
      etcd: { endpoints: [worker.endpoint] },
      metrics: false,
      snapshotDir: false,
      secretKeys: keys,
    });
    const theirs = second.config("bank", z.string(), { default: "none" });
    await second.start();
    expect(theirs.get()).toBe(PLAIN.scheduled);
    const { sealed } = await call(() => api.secrets.reseal.mutate({ env: ENV }));
    expect(sealed).toEqual(["order/config/bank"]);
    await expect.poll(() => agent.status.held[0]?.reason, { timeout: 10_000 }).toContain(`no key ${kid}`);
    // Who has only the old key goes on with the last good value.
    expect(config.get()).toBe(PLAIN.scheduled);
    expect(second.status.held).toEqual([]);
    expect(theirs.get()).toBe(PLAIN.scheduled);
    expect((await call(() => api.secrets.reseal.mutate({ env: ENV }))).sealed).toEqual([]);
    await second.close();
  });
});

/** Every byte of every file below a directory. */
async function allFiles(dir: string): Promise<string> {
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(file.parentPath, file.name), "latin1")),
  );
  return texts.join("\n");
}

test("no secret stands in the clear anywhere", async () => {
  // What is written in the background is written by then: history, audit, snapshots.
  await expect.poll(() => allFiles(server.sqlDir), { timeout: 15_000 }).toContain('"ct":"');
  await sleep(1_500);
  const keys = await worker.etcd.range({ prefix: "/" });
  const places = {
    etcd: keys.kvs.map((entry) => `${entry.key} ${entry.value.toString("latin1")}`).join("\n"),
    "files of the control plane": await allFiles(server.dataDir),
    "files of SQL, audit among them": await allFiles(server.sqlDir),
    snapshots: await allFiles(snapshots),
    "the control plane's log": server.log,
    "the agent's log": agentLog.join("\n"),
    "WebSocket frames": frames,
    answers,
  };
  for (const [place, text] of Object.entries(places)) {
    // Each place is looked at where there is something to see.
    expect(text.length, place).toBeGreaterThan(100);
    for (const [which, plain] of Object.entries(PLAIN)) {
      expect(text.includes(plain), `${which} in ${place}`).toBe(false);
    }
  }
  expect(places.etcd).toContain('"secret":{"kid"');
  expect(frames).toContain("order");
});

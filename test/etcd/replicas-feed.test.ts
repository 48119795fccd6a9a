import { randomBytes } from "node:crypto";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Guarantee: with several control planes any serves anything; a console whose own one dies goes on with another. */
const worker = useWorkerEtcd();
const ENV = "prod";
const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;

interface Told {
  readonly id: string;
  readonly data: unknown;
}

/** A console's socket: what it is told, and the id it would come back with. */
async function listen(server: ControlPlaneProcess, cookie: string, lastEventId?: string) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/ws`, {
    headers: { cookie, origin: server.url },
  });
  const events: Told[] = [];
  let live = false;
  socket.on("error", () => undefined);
  socket.on("message", (text: Buffer) => {
    if (text.toString() === "PING") return;
    const message = JSON.parse(text.toString()) as {
      result?: { type: string; data?: { json: Told } };
    };
    if (message.result?.type === "started") live = true;
    if (message.result?.type === "data" && message.result.data) events.push(message.result.data.json);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("close", () => reject(new Error("the socket was refused")));
  });
  const params = { path: "events.stream", input: { json: { env: ENV } }, lastEventId };
  socket.send(JSON.stringify({ id: 1, jsonrpc: "2.0", method: "subscription", params }));
  await eventually(
    async () => live,
    (started) => started,
    5_000,
  );
  return { socket, events, told: (name: string) => JSON.stringify(events).includes(name) };
}

test("a session moves over: the same cookie, what was missed, and what comes", async () => {
  const env = { LEVERFRAME_SESSION_KEY: randomBytes(32).toString("hex") };
  await using first = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: ENV, env });
  await using second = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: ENV, env });
  const [levers, others] = [await first.levers(), await second.levers()];
  const link = new URL(await levers.createLoginLink());
  // Made at one, used at the other.
  const answer = await fetch(`${second.url}/api/auth/exchange`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: second.url },
    body: JSON.stringify({ code: link.searchParams.get("code") }),
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const publish = async (port: typeof levers): Promise<string> => {
    const name = ulid().toLowerCase();
    await port.publish({
      env: ENV,
      id: ulid(),
      reason: "tell",
      edits: [{ service: "order", kind: "switch", name, op: "put", spec, baseRevision: 0 }],
    });
    return name;
  };
  const before = await listen(first, cookie);
  const seen = await publish(others);
  await eventually(
    async () => before.told(seen),
    (told) => told,
    5_000,
  );
  const lastId = before.events.at(-1)?.id;
  await first.kill();
  const missed = await publish(others);
  const after = await listen(second, cookie, lastId);
  // Another's ids mean nothing here: it is told to ask for everything, and then goes on as usual.
  await eventually(
    async () =>
      after.events.some(({ data }) => (data as { type?: string; levers?: unknown }).type === "levers"),
    (asked) => asked,
    5_000,
  );
  const { levers: rows } = await others.board(ENV, { service: "order" });
  expect(rows.map((row) => row.name)).toContain(missed);
  const next = await publish(others);
  await eventually(
    async () => after.told(next),
    (told) => told,
    5_000,
  );
  after.socket.terminate();
});

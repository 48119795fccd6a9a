import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Agent, type Attempt, createAgent, HttpStatusError } from "@leverframe/agent";
import { DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  breakerBody,
  configBody,
  degradeBody,
  limitBody,
  retryBody,
  switchBody,
  timeoutBody,
} from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
let operator: Operator;
let agent: Agent;

/** A real callee over HTTP that counts what it is asked, and fails as often as it is told to. */
async function startBank() {
  const asked: (string | undefined)[] = [];
  const state = { failures: 0, latencyMs: 0 };
  const server = createServer((request, response) => {
    asked.push([request.headers["leverframe-attempt"]].flat()[0]);
    const status = state.failures-- > 0 ? 503 : 200;
    setTimeout(() => response.writeHead(status).end(), state.latencyMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const charge = async ({ signal, attempt }: Attempt): Promise<string> => {
    const headers: HeadersInit = attempt > 1 ? { "leverframe-attempt": String(attempt) } : {};
    const { status } = await fetch(`http://127.0.0.1:${port}/charge`, { signal, headers });
    if (status !== 200) throw new HttpStatusError(status, `the bank answered ${status}`);
    return "paid";
  };
  return {
    asked,
    state,
    charge,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  agent = createAgent({
    service: "payment",
    env: operator.env,
    instance: "payment-1",
    etcd: { endpoints: [worker.endpoint] },
    metrics: false,
    snapshotDir: false,
    receipts: { followUpMs: 300 },
  });
});
afterEach(() => agent.close());

const receiptOf = (revision: number) =>
  eventually(
    () => operator.receipt("payment", "payment-1"),
    (receipt) => (receipt?.ownRevision ?? 0) >= revision,
  );

test("levers pulled while calls run change them at once, and the receipt names who reads them", async () => {
  await using bank = await startBank();
  await agent.start();
  bank.state.failures = 1;
  await expect(agent.call("bank", bank.charge, { idempotent: true })).rejects.toThrow("503");
  expect(bank.asked).toEqual([undefined]);
  const revision = await operator.commit("payment", {
    "retry/bank": retryBody({ waitDurationMs: 10 }),
    "timeout/bank": timeoutBody(250),
    "limit/bank": limitBody({ type: "CONCURRENCY", maxConcurrentCalls: 2, maxQueueDurationMs: 0 }),
  });
  const receipt = await receiptOf(revision);
  expect(receipt?.unsupported).toEqual([]);
  expect(receipt?.reads.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
    "breaker/bank",
    "limit/bank",
    "retry/bank",
    "timeout/bank",
  ]);
  bank.state.failures = 2;
  await expect(agent.call("bank", bank.charge, { idempotent: true })).resolves.toBe("paid");
  expect(bank.asked).toEqual([undefined, undefined, "2", "3"]);
  bank.state.latencyMs = 2_000;
  const codes = await Promise.all(
    [1, 2, 3].map(() => agent.call("bank", bank.charge).catch(({ code }: { code: string }) => code)),
  );
  expect(codes.sort()).toEqual(["CALL_TIMEOUT", "CALL_TIMEOUT", "LIMIT_REACHED"]);
});

test("a shared lever holds where the service has none of its own, and a deleted one no longer", async () => {
  await using bank = await startBank();
  await agent.start();
  await operator.commit("*", { "timeout/bank": timeoutBody(100) });
  bank.state.latencyMs = 400;
  const call = () => agent.call("bank", bank.charge).catch(({ code }: { code: string }) => code);
  await eventually(call, (answer) => answer === "CALL_TIMEOUT");
  await operator.commit("payment", { "timeout/bank": timeoutBody(5_000) });
  await eventually(call, (answer) => answer === "paid");
  await operator.commit("*", { "timeout/bank": undefined });
  await operator.commit("payment", { "timeout/bank": undefined });
  await eventually(call, (answer) => answer === "paid");
});

test("a rule degrades its switch at this instance, the receipt says so, and an operator's pull ends it", async () => {
  await using bank = await startBank();
  const charging = agent.switch("charging", { level: "secondary" });
  agent.policy("bank");
  await agent.start();
  await operator.commit("payment", {
    "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }),
    "degrade/bank-gone": degradeBody({
      switch: "charging",
      signal: "breakerOpen",
      of: "bank",
      above: 50,
      forMs: 0,
      recoverBelow: 0,
      recoverForMs: 0,
    }),
  });
  const receipt = await eventually(
    () => operator.receipt("payment", "payment-1"),
    (one) => (one?.degraded ?? []).length > 0,
  );
  expect(receipt?.degraded).toMatchObject([
    { rule: "bank-gone", switch: "charging", signal: "breakerOpen", value: 100, shareBp: 10_000 },
  ]);
  expect(receipt?.reads).toContainEqual({ kind: "degrade", name: "bank-gone", decisions: 1 });
  expect(charging.isDegraded()).toBe(true);
  await expect(agent.call("bank", bank.charge, { degrade: charging, fallback: () => "later" })).resolves.toBe(
    "later",
  );
  expect(bank.asked).toEqual([]);
  const pulled = await operator.commit("payment", { "switch/charging": switchBody("NORMAL") });
  const after = await eventually(
    () => operator.receipt("payment", "payment-1"),
    (one) => (one?.ownRevision ?? 0) >= pulled && one?.degraded === undefined,
  );
  expect([charging.isDegraded(), after?.degraded]).toEqual([false, undefined]);
});

test("a logger's level is pulled like any lever, and one that it does not know is held", async () => {
  const logger = { level: "info" };
  agent.logLevel(logger, { default: "info" });
  await agent.start();
  await operator.commit("payment", { "config/log-level": configBody("debug", "text") });
  await eventually(
    async () => logger.level,
    (level) => level === "debug",
  );
  const revision = await operator.commit("payment", { "config/log-level": configBody("chatty", "text") });
  const receipt = await receiptOf(revision);
  expect(receipt?.held).toMatchObject([{ kind: "config", name: "log-level", serving: "last-good" }]);
  expect(receipt?.held[0]?.reason).toContain("must be one of trace, debug, info");
  expect(logger.level).toBe("debug");
});

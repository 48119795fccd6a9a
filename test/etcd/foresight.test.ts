import { setTimeout as sleep } from "node:timers/promises";
import { type Agent, createAgent } from "@leverframe/agent";
import { startTelemetry } from "@leverframe/agent/otel";
import { type BreakerSpec, DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BlastAnswer } from "../../src/features/blast/blast-service.ts";
import type { ReplayAnswer } from "../../src/features/replay/replay-service.ts";
import { eventually } from "../support/eventually.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Agents as services have them, our ingest and store: what a sheet shows of a change is what was called. */
const worker = useWorkerEtcd();
let stage: TelemetryStage;
let headers: { authorization: string };

beforeAll(async () => {
  stage = await startTelemetryStage({ etcd: worker.endpoint });
  headers = { authorization: `Bearer ${await stage.token()}` };
});
afterAll(() => stage[Symbol.asyncDispose]());

const agentOf = (service: string): Agent =>
  createAgent({
    service,
    env: "dev",
    instance: `${service}-1`,
    etcd: { endpoints: [worker.endpoint] },
    metrics: false,
    snapshotDir: false,
  });

/** Lets a service call, with telemetry as a service has it, until what it called is delivered. */
async function calling(service: string, work: (agent: Agent) => Promise<void>): Promise<void> {
  const agent = agentOf(service);
  const telemetry = startTelemetry(agent, {
    endpoint: stage.httpUrl,
    headers,
    slowMs: false,
    rateBp: 0,
    metricsEveryMs: 500,
  });
  try {
    await work(agent);
    // As long as it isn't closed, what was not taken is sent again.
    await telemetry.flush(40_000);
  } finally {
    await telemetry.close(10_000);
    await agent.close();
  }
}

async function replay(service: string, name: string, spec: BreakerSpec, fromMs: number) {
  const input = { env: "dev", service, name, spec, fromMs: Math.floor(fromMs), toMs: Date.now() };
  const { data, status, message } = await stage.people.ask<ReplayAnswer>(
    stage.people.admin,
    "query",
    "replay.breaker",
    input,
  );
  expect([status, message]).toEqual([200, expect.anything()]);
  if (!data.known) throw new Error(data.why);
  return data.replay;
}

const SPEC: BreakerSpec = {
  ...DEFAULT_BREAKER,
  slidingWindowSize: 2,
  minimumNumberOfCalls: 8,
  failureRateThreshold: 30,
  slowCallDurationThresholdMs: 120,
  slowCallRateThreshold: 30,
  waitDurationInOpenStateMs: 300,
  permittedNumberOfCallsInHalfOpenState: 3,
  successesToClose: 2,
};

/** Overlapping calls that go well, fail and are slow by turns; over once the breaker has closed. */
async function traffic(agent: Agent, names: readonly string[]): Promise<number> {
  let calls = 0;
  const call = (name: string, turn: number): Promise<unknown> => {
    calls += 1;
    const phase = Math.floor(turn / 60) % 3;
    const bad = phase === 1 && turn % 6 !== 0;
    return agent
      .call(name, async () => {
        await sleep(phase === 2 ? 100 + (turn % 4) * 20 : turn % 7);
        if (bad) throw new Error("no");
      })
      .catch(() => undefined);
  };
  const flying: Promise<unknown>[] = [];
  for (let turn = 0; turn < 720; turn += 1) {
    for (const name of names) flying.push(call(name, turn));
    if (turn % 3 === 0) await sleep(11);
  }
  await Promise.all(flying);
  return calls;
}

test("replay of the spec that was in force is what the live breaker did, from agent to store to replay", async () => {
  const beganMs = Date.now() - 1_000;
  const live: string[] = [];
  let refused = 0;
  let opened = 0;
  let wouldRefuse = 0;
  let calls = 0;
  await calling("order", async (agent) => {
    const bank = agent.breaker("bank", SPEC);
    const watched = agent.breaker("watched", { ...SPEC, mode: "METRICS_ONLY" });
    bank.onTransition(({ from, to, cause }) => live.push(`${from} ${cause} ${to}`));
    calls = await traffic(agent, ["bank", "watched"]);
    await eventually(
      () =>
        agent
          .call("bank", async () => undefined)
          .then(
            () => bank.state,
            () => bank.state,
          ),
      (state) => {
        calls += 1;
        return state === "CLOSED";
      },
      20_000,
    );
    refused = bank.totals.refused;
    opened = bank.totals.opened;
    wouldRefuse = watched.totals.wouldRefuse;
  });
  expect(opened).toBeGreaterThan(1);
  expect(wouldRefuse).toBeGreaterThan(10);
  const [bank, watched] = [
    await replay("order", "bank", SPEC, beganMs),
    await replay("order", "watched", SPEC, beganMs),
  ];
  expect(bank.calls + watched.calls).toBe(calls);
  expect(bank.lives[0]?.moves.map(({ from, to, cause }) => `${from} ${cause} ${to}`)).toEqual(live);
  expect(bank).toMatchObject({ refused, opened, inexact: [], instances: 1, cut: false });
  // It let all through and told what it would have refused: under the same spec in force just that is refused.
  expect(watched).toMatchObject({ refused: wouldRefuse, inexact: [] });
  // One that never opens refuses nothing; of what the live one refused nobody knows what had come.
  const never = await replay("order", "bank", { ...SPEC, minimumNumberOfCalls: 10_000 }, beganMs);
  expect(never).toMatchObject({ opened: 0, refused: 0, inexact: [{ why: "unknown", calls: refused }] });
  const counts = await replay(
    "order",
    "watched",
    { ...SPEC, slidingWindowType: "COUNT_BASED", slidingWindowSize: 20 },
    beganMs,
  );
  expect(counts.inexact).toEqual([{ why: "count-based" }]);
  expect(counts.opened).toBeGreaterThan(0);
  const nobody = await replay("order", "nobody", SPEC, beganMs);
  expect(nobody).toMatchObject({ calls: 0, lives: [] });
});

test("blast radius is what was called, within 1 %, with those who wait for it through others", async () => {
  const send = (count: number, callee: string) => async (agent: Agent) => {
    for (let call = 0; call < count; call += 1)
      await agent
        .call(
          "ask",
          async () => {
            if (call % 10 === 0) throw new Error("no");
          },
          { callee, kind: "service" },
        )
        .catch(() => undefined);
  };
  await calling("shop", send(400, "basket"));
  await calling("web", send(700, "basket"));
  await calling("basket", send(1_100, "stock"));
  const radius = async (...services: string[]) => {
    const { data } = await stage.people.ask<BlastAnswer>(stage.people.admin, "query", "blast.radius", {
      env: "dev",
      services,
    });
    if (!data.known) throw new Error(data.why);
    return data.radius;
  };
  const stock = await eventually(
    () => radius("stock"),
    ({ calls }) => calls >= 1_100,
    40_000,
  );
  expect(Math.abs(stock.calls / 1_100 - 1)).toBeLessThan(0.01);
  expect(stock).toMatchObject({ dependents: 3, hops: 2, callerCount: 1 });
  expect(stock.callers).toEqual([
    { service: "basket", perMinute: stock.calls / 5, errorShare: expect.closeTo(0.1, 2) },
  ]);
  const basket = await radius("basket");
  expect(Math.abs(basket.calls / 1_100 - 1)).toBeLessThan(0.01);
  expect(basket.callers.map(({ service, perMinute }) => [service, Math.round(perMinute)])).toEqual([
    ["web", 140],
    ["shop", 80],
  ]);
  expect(basket.nodes).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: "stock", role: "callee" })]),
  );
});

import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LeverInForce } from "../../src/domain/topology/levers-in-force.ts";
import type { ResourceVersion } from "../../src/features/history/history-reader.ts";
import type { RouteRow, TopologyLook } from "../../src/features/topology/topology-service.ts";
import { eventually } from "../support/eventually.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";
import { TracedService } from "../support/traced-service.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Real services and their agents' telemetry: the graph says what was sent, who is there, and what stood when. */
const worker = useWorkerEtcd();
const ENV = "dev";
const REQUESTS = 60;
const PATIENCE_MS = 45_000;
let stage: TelemetryStage;
let order: TracedService;
let inventory: TracedService;

beforeAll(async () => {
  stage = await startTelemetryStage({ etcd: worker.endpoint });
  const start = async (service: "order" | "inventory") =>
    TracedService.start({
      service,
      env: ENV,
      endpoints: [worker.endpoint],
      otlp: stage.httpUrl,
      token: await stage.token(),
    });
  // Order comes after the callee that its calls are counted to: none of them may find nobody.
  inventory = await start("inventory");
  order = await start("order");
}, 120_000);
afterAll(async () => {
  await Promise.all([order, inventory].map((service) => service?.[Symbol.asyncDispose]()));
  await stage?.[Symbol.asyncDispose]();
});

async function ask<Answer>(procedure: string, input: object): Promise<Answer> {
  const { people } = stage;
  const { data, status } = await people.ask<Answer>(people.admin, "query", procedure, { env: ENV, ...input });
  expect(status, JSON.stringify(data)).toBe(200);
  return data;
}
const look = (atMs?: number): Promise<TopologyLook> =>
  ask("topology.look", { windowMs: 600_000, ...(atMs === undefined ? {} : { atMs }) });

async function pull(position: "NORMAL" | "DEGRADED", baseRevision: number): Promise<number> {
  const spec = { position, level: "secondary", strategy: "cached" };
  const { revision } = await stage.people.do<{ revision: number }>("publish.commit", {
    env: ENV,
    id: ulid(),
    reason: `Set ${position}`,
    edits: [{ op: "put", service: "order", kind: "switch", name: "comments", spec, baseRevision }],
  });
  return revision;
}

describe("the graph", () => {
  test("has each call that was made, sampled or not, on its edge", async () => {
    for (let request = 0; request < REQUESTS; request += 1) {
      const answer = await fetch(`${order.url}/orders/7`);
      expect(await answer.text()).toBe("left 7");
    }
    const callsIn = ({ edges }: TopologyLook) =>
      Object.fromEntries(edges.map(({ from, to, calls }) => [`${from} ${to}`, calls]));
    const expected = { "order inventory": REQUESTS, "order orders": REQUESTS };
    const shown = await eventually(
      () => look(),
      (one) => JSON.stringify(callsIn(one)) === JSON.stringify(expected),
      PATIENCE_MS,
    );
    expect(callsIn(shown)).toEqual(expected);
    expect(shown.traffic).toEqual({ known: true });
    expect(shown.nodes.map(({ id, kind, instances }) => [id, kind, instances?.live])).toEqual([
      ["inventory", "service", 1],
      ["order", "service", 1],
      ["orders", "queue", undefined],
    ]);
    const routes = await ask<RouteRow[]>("topology.routes", {
      caller: "order",
      callee: "inventory",
      fromMs: Math.floor(shown.fromMs),
      toMs: Math.ceil(shown.toMs),
    });
    expect(routes.reduce((sum, { calls }) => sum + calls, 0)).toBe(REQUESTS);
  });

  test("shows the levers of an earlier moment as the history has them", async () => {
    const first = await pull("NORMAL", 0);
    const history = (at: string) => ask<ResourceVersion[]>("history.stateAt", { moment: { at } });
    const historyHas = (revision: number) =>
      eventually(
        () => history(new Date().toISOString()),
        (versions) => versions.some((one) => one.revision === revision),
        PATIENCE_MS,
      );
    await historyHas(first);
    const between = Date.now();
    const second = await pull("DEGRADED", first);
    await historyHas(second);
    const degraded = ({ nodes }: TopologyLook) =>
      nodes.find(({ id }) => id === "order")?.deviations.map(({ name, deviation }) => [name, deviation.what]);
    expect(degraded(await look())).toEqual([["comments", "degraded"]]);
    const then = await look(between);
    expect(then.levers).toEqual({ known: true });
    expect(degraded(then)).toEqual([]);
    expect(then.revision).toBe(first);
    const remembered = await history(new Date(between).toISOString());
    const levers = await ask<LeverInForce[]>("topology.levers", { service: "order", atMs: between });
    const named = (all: readonly (LeverInForce | ResourceVersion)[]) =>
      all.map(({ service, kind, name, version, revision }) => ({ service, kind, name, version, revision }));
    expect(named(levers)).toEqual(named(remembered));
    expect(levers.map(({ revision }) => revision)).toEqual([first]);
  });

  test("shows that a service was killed", async () => {
    await inventory[Symbol.asyncDispose]();
    const without = await eventually(
      () => look(),
      ({ nodes }) => nodes.find(({ id }) => id === "inventory")?.instances?.live === 0,
      PATIENCE_MS,
    );
    const { instances } = without.nodes.find(({ id }) => id === "inventory") ?? {};
    expect((instances?.suspect ?? 0) + (instances?.unproved ?? 0)).toBe(1);
    expect(without.nodes.find(({ id }) => id === "order")?.instances?.live).toBe(1);
  });
});

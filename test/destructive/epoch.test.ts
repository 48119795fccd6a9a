import { ulid } from "ulid";
import { expect, test } from "vitest";
import { AgentProcess } from "../support/agent-process.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/**
 * Guarantee (DESIGN §4): a wiped etcd is not obeyed. Agents hold the last good state and the console says so, until an
 * operator confirms; then they go on from what stands.
 */
const worker = useWorkerEtcd();

test("etcd is wiped under a running fleet: held, said, confirmed, and obeyed again", {
  timeout: 120_000,
}, async () => {
  await using server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "prod" });
  const levers = await server.levers();
  const spec = { position: "DEGRADED", level: "core", strategy: "simplified" } as const;
  const edit = {
    service: "order",
    kind: "switch",
    name: "checkout",
    op: "put",
    spec,
    baseRevision: 0,
  } as const;
  await levers.publish({ env: "prod", id: ulid(), reason: "first life", edits: [edit] });
  await using agent = await AgentProcess.start({
    agent: {
      service: "order",
      env: "prod",
      instance: "order-1",
      etcd: { endpoints: [worker.endpoint] },
      metrics: false,
      snapshotDir: false,
    },
    switches: ["checkout"],
  });
  expect(await agent.isDegraded("checkout")).toBe(true);
  const instance = async () =>
    (await levers.services("prod"))
      .find((one) => one.service === "order")
      ?.instances.find((one) => one.instance === "order-1");
  await eventually(instance, (one) => one?.state === "live" && one.ownRevision > 0, 5_000);

  await worker.server.wipe();
  const holding = await eventually(instance, (one) => one?.hold !== undefined, 30_000);
  expect(holding?.hold?.detail).toMatch(/\S/);
  expect(await agent.isDegraded("checkout")).toBe(true);

  const confirmed = await levers.confirmEpoch("prod", undefined);
  expect(confirmed.heads).toBeGreaterThanOrEqual(2);
  await eventually(
    instance,
    (one) => one !== undefined && one.hold === undefined && one.state === "live",
    15_000,
  );
  // What stands now is nothing: the code's own default.
  await eventually(
    () => agent.isDegraded("checkout"),
    (degraded) => !degraded,
    5_000,
  );

  const again = await levers.publish({ env: "prod", id: ulid(), reason: "second life", edits: [edit] });
  await eventually(
    () => levers.convergence("prod", again.changeSetId),
    (found) => found.applied === 1 && found.targets === 1,
    10_000,
  );
  expect(await agent.isDegraded("checkout")).toBe(true);
});

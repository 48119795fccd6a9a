import { ulid } from "ulid";
import { expect, test } from "vitest";
import { isDomainError } from "../../src/domain/errors.ts";
import { committedIn, historyOf, placesOf } from "../support/committed.ts";
import { ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Guarantee (DESIGN §8): SQL gone and the control plane restarted, who may act still acts; the history catches up. */
const ENV = "prod";
const CHANGES = 30;
const worker = useWorkerEtcd();
const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;

test("SQL stopped, the control plane restarted, SQL back: the history holds each change once, in order", async () => {
  await using postgres = await PostgresServer.start();
  const url = await postgres.createDatabase("outage");
  await using control = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: ENV,
    env: { DATABASE_URL: url },
  });
  const people = new ConsolePeople(control.url, await control.token());
  const role = { env: ENV, services: "order" };
  const operator = await people.person([{ ...role, role: "operator" }]);
  const viewer = await people.person([{ ...role, role: "viewer" }]);
  const machine = await people.machineToken([{ ...role, role: "operator" }]);
  const revoked = await people.machineToken([{ ...role, role: "operator" }]);
  await people.do("tokens.revoke", { key: revoked.key });
  let revision = 0;
  const flip = async (): Promise<void> => {
    const edit = { service: "order", kind: "switch", name: "comments", op: "put", spec };
    const request = { env: ENV, id: ulid(), reason: "steady", edits: [{ ...edit, baseRevision: revision }] };
    const done = await people.do<{ revision: number }>("publish.commit", request, machine.caller);
    revision = done.revision;
  };
  for (let change = 0; change < CHANGES; change += 1) await flip();
  await postgres.stop();
  for (let change = 0; change < CHANGES; change += 1) await flip();
  await control.kill();
  await control.up();
  for (let change = 0; change < CHANGES; change += 1) await flip();
  const commit = (caller: typeof operator.caller): Promise<{ status: number }> =>
    people.ask(caller, "mutation", "publish.commit", {
      env: ENV,
      id: ulid(),
      reason: "by hand",
      edits: [
        { service: "order", kind: "switch", name: ulid().toLowerCase(), op: "put", spec, baseRevision: 0 },
      ],
    });
  expect((await commit(operator.caller)).status).toBe(200);
  expect((await commit(viewer.caller)).status).toBe(403);
  expect((await commit(revoked.caller)).status).toBe(401);
  const away = await historyOf(control, ENV).catch((error: unknown) => error);
  expect(isDomainError(away) && away.code).toBe("UNAVAILABLE");
  await postgres.up();
  const committed = await committedIn(worker.etcd, ENV);
  expect(committed).toHaveLength(3 * CHANGES + 1);
  await expect
    .poll(async () => placesOf(await historyOf(control, ENV).catch(() => [])), { timeout: 30_000 })
    .toEqual(placesOf(committed));
});

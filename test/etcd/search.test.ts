import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SearchAnswer } from "../../src/features/search/search-service.ts";
import { type Caller, ConsolePeople, NOBODY } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Search over the real server: what a viewer finds, and that nobody finds a secret's text. */
const worker = useWorkerEtcd();
let server: ControlPlaneProcess;
let people: ConsolePeople;
let viewer: Caller;
let stranger: Caller;
const PLAIN = `PLAIN${ulid()}`;

beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  people = new ConsolePeople(server.url, await server.token());
  viewer = (await people.person([{ role: "viewer", env: "dev", services: "order" }])).caller;
  stranger = (await people.person([{ role: "admin", env: "prod", services: "*" }])).caller;
  const config = (name: string, value: string, secret?: true) => ({
    service: "order",
    kind: "config",
    name,
    op: "put",
    spec: { format: "text", value },
    baseRevision: 0,
    ...(secret === undefined ? {} : { secret }),
  });
  await people.do("publish.commit", {
    env: "dev",
    id: ulid(),
    reason: "双十一 prepare the sale",
    edits: [config("banner", "title: Hello\ncolour: teal"), config("bank", PLAIN, true)],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const find = (query: string, caller: Caller = viewer, env = "dev") =>
  people.ask<SearchAnswer>(caller, "query", "search.find", { env, query });

test("a viewer finds a config by a line of it, and the line is shown with its place", async () => {
  const { data } = await find("teal");
  expect(data.incomplete).toEqual([]);
  expect(data.groups).toMatchObject([
    {
      group: "configs",
      hits: [
        {
          service: "order",
          lever: "banner",
          place: { key: "value:2", snippet: { text: "colour: teal", marks: [[8, 12]] } },
        },
      ],
    },
  ]);
});

test("a change is found by its reason, as soon as the history holds it", async () => {
  const { data } = await eventually(
    () => find("双十一"),
    (answer) => answer.data.changes.length > 0,
  );
  expect(data.changes).toMatchObject([{ reason: { text: "双十一 prepare the sale", marks: [[0, 3]] } }]);
});

test("a secret is found by its name, and by nothing that it holds", async () => {
  const named = await find("bank");
  expect(named.data.groups.map(({ group }) => group)).toEqual(["configs"]);
  expect(JSON.stringify(named.data)).not.toContain(PLAIN);
  expect((await find(PLAIN)).data.groups).toEqual([]);
  expect((await find(PLAIN.slice(0, 12))).data.groups).toEqual([]);
});

test("whoever may not see the environment finds nothing in it, and is told why", async () => {
  expect((await find("banner", NOBODY)).status).toBe(401);
  expect(await find("banner", stranger)).toMatchObject({ status: 403, code: "FORBIDDEN" });
  expect((await find("banner", stranger, "prod")).data.groups).toEqual([]);
  expect((await find("banner", people.admin, "nowhere")).status).toBe(404);
  expect((await find("x".repeat(201))).status).toBe(400);
});

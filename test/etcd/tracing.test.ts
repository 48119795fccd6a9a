import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { samplingBody, switchBody } from "../support/bodies.ts";
import { Operator } from "../support/operator.ts";
import type { ReceivedSpan } from "../support/otlp-receiver.ts";
import { TracedAgents, until } from "../support/traced-agents.ts";
import { TracedService } from "../support/traced-service.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** The official SDK and exporters, real HTTP, gRPC, etcd and processes, and a real OTLP receiver. */
const worker = useWorkerEtcd();
/** A sampled trace of somebody before us. */
const CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
let agents: TracedAgents;

beforeEach(async () => {
  agents = await TracedAgents.begin(new Operator(worker.etcd, freshEnvironment()), worker.endpoint);
});
afterEach(() => agents[Symbol.asyncDispose]());

describe("a trace", () => {
  test("is one across HTTP, gRPC and message headers of three processes, and each span says who made it", async () => {
    const { operator, receiver } = agents;
    const starting = (["inventory", "order", "mailer"] as const).map((service) =>
      TracedService.start({
        service,
        env: operator.env,
        endpoints: [worker.endpoint],
        otlp: receiver.endpoint,
      }),
    );
    const [inventory, order, mailer] = (await Promise.all(starting)) as [
      TracedService,
      TracedService,
      TracedService,
    ];
    await using _ended = {
      [Symbol.asyncDispose]: async () =>
        void (await Promise.all([inventory, order, mailer].map((one) => one[Symbol.asyncDispose]()))),
    };
    const answer = await fetch(`${order.url}/orders/7?token=abc`, { headers: { traceparent: CALLER } });
    expect(await answer.text()).toBe("left 7");
    const message = await until(() => {
      const [sent] = order.sent;
      if (sent === undefined) throw new Error("nothing was sent yet");
      return sent;
    });
    mailer.deliver(message);
    await agents.spanNamed("process orders");
    await Promise.all([inventory, order, mailer].map((one) => one.stop()));

    const byId = new Map(receiver.spans.map((span) => [span.spanId, span]));
    const wayOf = (span: ReceivedSpan | undefined): string[] =>
      span === undefined
        ? []
        : [
            ...wayOf(byId.get(span.parentSpanId)),
            `${String(span.resource["service.name"])}: ${span.kind} ${span.name}`,
          ];
    const ways = receiver.spans.map((span) => wayOf(span).join(" > ")).sort();
    const served = "order: 2 GET /orders/:id";
    const asked = `${served} > order: 1 call reserve > order: 3 shop.Inventory/Reserve`;
    expect(ways).toEqual([
      served,
      `${served} > order: 1 call reserve`,
      asked,
      `${asked} > inventory: 2 shop.Inventory/Reserve`,
      `${served} > order: 4 send orders`,
      `${served} > order: 4 send orders > mailer: 5 process orders`,
    ]);
    for (const span of receiver.spans) {
      const service = String(span.resource["service.name"]);
      expect(span.traceId).toBe(CALLER.split("-")[1]);
      expect(span.sampled).toBe(true);
      expect(span.resource).toMatchObject({
        "service.instance.id": `${service}-1`,
        "service.version": "3.1.4",
        "deployment.environment.name": operator.env,
        "cloud.availability_zone": "zone-a",
        "leverframe.edges": "metrics",
        team: "trade",
      });
      expect(Number(span.attributes["leverframe.revision.shared"])).toBeGreaterThan(0);
      expect(span.attributes).toHaveProperty("leverframe.revision.own");
    }
    expect(JSON.stringify(receiver.spans)).not.toContain("token=abc");
    for (const headers of receiver.headers)
      expect(headers).toMatchObject({
        authorization: "Bearer ingest-token",
        "content-type": "application/x-protobuf",
      });
    const edges = receiver
      .pointsOf("leverframe.client.duration")
      .map(({ attributes, resource }) =>
        [resource["service.name"], attributes["peer.service"], attributes["leverframe.peer.kind"]].join(" "),
      );
    expect([...new Set(edges)].sort()).toEqual(["order inventory service", "order orders queue"]);
  });

  test("is sampled by the live lever, by route and for all, at once and without a restart", async () => {
    const agent = agents.agent();
    const ask = await agents.serve(agent, async () => "ok");
    await agent.start();
    agents.trace(agent, { rateBp: 0, slowMs: false });
    await ask();
    const revision = await agents.applied(agent, {
      "sampling/traces": samplingBody(0, { "/orders/:id": 10_000 }),
    });
    await ask();
    await agents.spanNamed("GET /orders/:id");
    expect(agents.receiver.spans).toHaveLength(1);
    expect(agents.receiver.spans[0]?.attributes["leverframe.revision.own"]).toBe(revision);

    await agents.applied(agent, { "sampling/traces": samplingBody(0) });
    await ask();
    const all = await agents.applied(agent, { "sampling/traces": samplingBody(10_000) });
    await ask();
    await until(async () => expect(agents.receiver.spans.length).toBeGreaterThan(1));
    expect(agents.receiver.spans.map(({ attributes }) => attributes["leverframe.revision.own"])).toEqual([
      revision,
      all,
    ]);
    const receipt = await until(async () => {
      const found = await agents.operator.receipt("order", "order-1");
      if (found?.ownRevision !== all) throw new Error("no receipt yet");
      return found;
    });
    expect(receipt.reads.map(({ kind, name }) => `${kind}/${name}`)).toContain("sampling/traces");
    expect(receipt.unsupported).toEqual([]);
  });

  test("that is not sampled is exported once it fails or is slow, as far as this process knows it, and says so", async () => {
    const agent = agents.agent();
    let handle = async (): Promise<string> => "ok";
    const ask = await agents.serve(agent, () => handle());
    await agent.start();
    const telemetry = agents.trace(agent, { rateBp: 0, slowMs: 200 });
    await ask();
    handle = () =>
      agent.call("bank", async () => {
        throw new Error("no money today");
      });
    await ask();
    await agents.spanNamed("GET /orders/:id");
    expect(agents.receiver.spans.map(({ name }) => name).sort()).toEqual(["GET /orders/:id", "call bank"]);
    for (const span of agents.receiver.spans) {
      expect(span.failed).toBe(true);
      expect(span.sampled).toBe(false);
      expect(span.attributes).toMatchObject({ "leverframe.kept": "error", "leverframe.partial": true });
    }
    agents.receiver.spans.length = 0;
    handle = () => agent.call("bank", () => new Promise((resolve) => setTimeout(() => resolve("late"), 250)));
    await ask();
    await agents.spanNamed("GET /orders/:id");
    expect(agents.receiver.spans.map(({ attributes }) => attributes["leverframe.kept"])).toEqual([
      "slow",
      "slow",
    ]);
    agents.receiver.spans.length = 0;
    handle = async () => "ok";
    await ask();
    await telemetry.flush();
    expect(agents.receiver.spans).toEqual([]);
  });

  test("names the levers that acted: a degraded switch, an open breaker, retries", async () => {
    const agent = agents.agent();
    const comments = agent.switch("comments", { level: "non-core" });
    const ask = await agents.serve(agent, async () => (comments.isDegraded() ? "none" : "some"));
    await agent.start();
    await agents.applied(agent, { "switch/comments": switchBody("DEGRADED") });
    agents.trace(agent, { rateBp: 10_000 });
    await ask();
    expect((await agents.spanNamed("GET /orders/:id")).attributes["leverframe.levers"]).toEqual([
      "switch/comments",
    ]);

    let made = 0;
    const flaky = async (): Promise<string> => {
      made += 1;
      if (made === 1) throw Object.assign(new Error("gone"), { code: "ECONNREFUSED" });
      return "there";
    };
    await agent.call("ledger", flaky, { idempotent: true, retry: { waitDurationMs: 1, jitter: "NONE" } });
    const retried = await agents.spanNamed("call ledger");
    expect(retried.attributes).toMatchObject({ "leverframe.attempts": 2, "leverframe.outcome": "ok" });
    expect(retried.attributes["leverframe.levers"]).toEqual(["retry/ledger"]);
    expect(retried.events.map(({ name }) => name)).toEqual(["leverframe.retry"]);

    const refused = agent.call("bank", async () => "never", {
      breaker: { mode: "FORCED_OPEN" },
      fallback: () => "stand-in",
    });
    expect(await refused).toBe("stand-in");
    const open = await agents.spanNamed("call bank");
    expect(open.attributes).toMatchObject({
      "leverframe.outcome": "breaker-open",
      "leverframe.degraded.reason": "breaker-open",
    });
    expect(open.attributes["leverframe.levers"]).toEqual(["breaker/bank"]);
  });
});

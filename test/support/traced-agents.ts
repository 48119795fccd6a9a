import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Agent, createAgent } from "@leverframe/agent";
import { leverframeListener } from "@leverframe/agent/http";
import { startTelemetry, type Telemetry, type TelemetryOptions } from "@leverframe/agent/otel";
import { eventually } from "./eventually.ts";
import type { Operator } from "./operator.ts";
import { OtlpReceiver, type ReceivedSpan } from "./otlp-receiver.ts";

/** Asks again until it no longer throws. */
export const until = <T>(ask: () => Promise<T> | T): Promise<T> => eventually(ask, () => true, 15_000);

/** Agents of this process, one of which tells a real OTLP receiver. */
export class TracedAgents implements AsyncDisposable {
  readonly operator: Operator;
  readonly receiver: OtlpReceiver;
  readonly #endpoint: string;
  /** Of the server that was begun last. */
  lastAddress = "";
  readonly #ends: (() => unknown)[] = [];

  static async begin(operator: Operator, endpoint: string): Promise<TracedAgents> {
    await operator.commit("*", {});
    return new TracedAgents(operator, await OtlpReceiver.listen(), endpoint);
  }

  private constructor(operator: Operator, receiver: OtlpReceiver, endpoint: string) {
    this.operator = operator;
    this.receiver = receiver;
    this.#endpoint = endpoint;
    this.#ends.push(() => receiver.close());
  }

  /** An agent of `order`, unless said otherwise; nothing of it is started. */
  agent({ service = "order", address }: { service?: string; address?: string } = {}): Agent {
    const agent = createAgent({
      service,
      env: this.operator.env,
      instance: `${service}-1`,
      ...(address === undefined ? {} : { address }),
      etcd: { endpoints: [this.#endpoint] },
      metrics: false,
      snapshotDir: false,
    });
    this.#ends.push(() => agent.close());
    return agent;
  }

  trace(agent: Agent, more: TelemetryOptions = {}): Telemetry {
    const { endpoint } = this.receiver;
    const telemetry = startTelemetry(agent, { endpoint, exportEveryMs: 20, metricsEveryMs: 200, ...more });
    this.#ends.push(() => telemetry.close());
    return telemetry;
  }

  /** Serves `/orders/:id` over HTTP; the answer asks once. */
  async serve(agent: Agent, handle: () => Promise<string>): Promise<() => Promise<void>> {
    const listener = leverframeListener(agent, async (_, response) => void response.end(await handle()), {
      route: () => "/orders/:id",
    });
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    this.lastAddress = `127.0.0.1:${port}`;
    return async () => void (await fetch(`http://127.0.0.1:${port}/orders/1`));
  }

  /** The first span of a name that was exported. */
  spanNamed(name: string): Promise<ReceivedSpan> {
    return until(() => {
      const { spans } = this.receiver;
      const found = spans.find((span) => span.name === name);
      if (found !== undefined) return found;
      throw new Error(`no span ${name} yet: ${spans.map((span) => span.name).join(", ")}`);
    });
  }

  /** Resolves once the agent has applied what was committed for its service. */
  async applied(agent: Agent, edits: Readonly<Record<string, string>>): Promise<number> {
    const revision = await this.operator.commit("order", edits);
    await eventually(
      () => agent.status.ownRevision,
      (applied) => applied === revision,
    );
    return revision;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
  }
}

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../../src/domain/access.ts";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { ConsolePeople } from "./console-people.ts";
import { ControlPlaneProcess } from "./control-plane-process.ts";

const READY_MS = 60_000;

/** A control plane with eyes: store and ingest beside it, OTLP on ports of its own. */
export interface TelemetryStage extends AsyncDisposable {
  readonly server: ControlPlaneProcess;
  readonly httpUrl: string;
  readonly grpcUrl: string;
  readonly people: ConsolePeople;
  /** A token that may report, in `dev` unless said otherwise. */
  token(scope?: Partial<Scope>): Promise<string>;
  /** Resolves once readiness names nothing that is missing. */
  ready(): Promise<void>;
  metrics(): Promise<string>;
  /** Processes of the store and the ingest. */
  programs(): Promise<readonly number[]>;
}

interface Ready {
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly why?: string }>>;
}

/** Starts it on this etcd; `env` adds to its settings. Resolves once it takes telemetry. */
export async function startTelemetryStage(options: {
  readonly etcd: string;
  readonly environments?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Somebody has the ports: readiness says so. */
  readonly portsTaken?: boolean;
}): Promise<TelemetryStage> {
  const [httpPort = 0, grpcPort = 0] = await freeLoopbackPorts(2);
  const server = await ControlPlaneProcess.start({
    etcd: options.etcd,
    environments: options.environments ?? "dev,prod",
    env: {
      LEVERFRAME_TELEMETRY: "on",
      LEVERFRAME_OTLP_HTTP_PORT: `${httpPort}`,
      LEVERFRAME_OTLP_GRPC_PORT: `${grpcPort}`,
      ...options.env,
    },
  });
  const people = new ConsolePeople(server.url, await server.token());
  const stage: TelemetryStage = {
    server,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    grpcUrl: `http://127.0.0.1:${grpcPort}`,
    people,
    async token(scope = {}) {
      const made = await people.machineToken([{ role: "reporter", env: "dev", services: "*", ...scope }]);
      return made.caller["authorization"]?.replace(/^Bearer /, "") ?? "";
    },
    async ready() {
      const until = performance.now() + READY_MS;
      for (;;) {
        const answer = await fetch(`${server.url}/readyz`);
        const { checks } = (await answer.json()) as Ready;
        const eyes = Object.entries(checks).filter(([name]) => name.startsWith("telemetry-"));
        const taken = eyes.find(([name]) => name === "telemetry-ingest")?.[1].why?.includes("is not ours");
        if (
          eyes.length === 2 &&
          eyes.every(([name, { ok }]) => ok || (name === "telemetry-ingest" && taken))
        ) {
          if (taken === true || options.portsTaken !== true) return;
        }
        if (performance.now() > until) throw new Error(`no eyes: ${JSON.stringify(eyes)}\n${server.log}`);
        await sleep(50);
      }
    },
    async metrics() {
      const answer = await fetch(`${server.url}/metrics`, {
        headers: { authorization: `Bearer ${await server.token()}` },
      });
      return answer.text();
    },
    async programs() {
      const { pid } = server;
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
      return children.trim().split(" ").map(Number);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  try {
    await stage.ready();
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

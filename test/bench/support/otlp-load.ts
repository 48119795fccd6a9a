import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { traceBody } from "../../support/otlp-bodies.ts";

/** A batch as the SDK's processor sends it. */
export const SPANS_A_BODY = 512;
const TICKS_A_SECOND = 100;

/** Bodies of 512 spans of a service, ten attributes each, in traces of eight. */
export const loadBodies = (count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, index) =>
    traceBody({
      service: `bench-${index % 8}`,
      spans: SPANS_A_BODY,
      traceId: randomBytes(16),
      name: `GET /orders/:id/${index % 16}`,
      resource: {
        "service.instance.id": `bench-${index % 8}-1`,
        "service.version": "1.4.2",
        "deployment.environment.name": "bench",
        "cloud.availability_zone": "zone-a",
        "leverframe.edges": "metrics",
      },
      attributes: {
        "http.request.method": "GET",
        "http.route": "/orders/:id",
        "http.response.status_code": "200",
        "url.path": `/orders/${index * 7919}`,
        "url.scheme": "http",
        "server.address": "order.internal",
        "server.port": "8080",
        "network.protocol.version": "1.1",
        "user_agent.original": "undici",
        "leverframe.revision": "18402",
      },
    }),
  );

/** Sends bodies on so many connections: each as soon as the one before was answered, or at a pace. */
export class OtlpLoad {
  readonly statuses = new Map<number, number>();
  accepted = 0;
  #over = false;
  readonly #running: Promise<void>[];
  readonly #agent: HttpAgent;
  #allowed = Number.POSITIVE_INFINITY;
  #pacing: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly url: string;
    readonly token: string;
    readonly connections: number;
    readonly bodies: readonly Buffer[];
    /** Spans a second; as many as are taken if left out. */
    readonly spansPerSecond?: number;
  }) {
    this.#agent = new HttpAgent({ keepAlive: true, maxSockets: options.connections });
    const { spansPerSecond } = options;
    if (spansPerSecond !== undefined) {
      this.#allowed = 0;
      let countedMs = performance.now();
      // By the clock, not by the ticks: a niced sender's ticks come late, and it owes what it did not send meanwhile.
      this.#pacing = setInterval(() => {
        const nowMs = performance.now();
        const due = ((nowMs - countedMs) / 1_000) * (spansPerSecond / SPANS_A_BODY);
        countedMs = nowMs;
        this.#allowed = Math.min(this.#allowed + due, options.connections);
      }, 1_000 / TICKS_A_SECOND);
    }
    this.#running = Array.from({ length: options.connections }, async (_, index) => {
      for (let turn = index; !this.#over; turn += 1) {
        while (this.#allowed < 1 && !this.#over) await new Promise((resolve) => setTimeout(resolve, 5));
        this.#allowed -= 1;
        const body = options.bodies[turn % options.bodies.length] ?? Buffer.alloc(0);
        const status = await this.#post(options.url, options.token, body);
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
        if (status === 200) this.accepted += SPANS_A_BODY;
        else await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
  }

  async stop(): Promise<void> {
    this.#over = true;
    clearInterval(this.#pacing);
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  #post(url: string, token: string, body: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        `${url}/v1/traces`,
        {
          method: "POST",
          agent: this.#agent,
          headers: {
            "content-type": "application/x-protobuf",
            "content-length": body.length,
            authorization: `Bearer ${token}`,
          },
        },
        (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode ?? 0));
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }
}

const TICKS = 100;

/** CPU seconds that a process has taken, and its resident memory in MiB, as Linux counts them. */
export async function usageOf(pid: number): Promise<{ cpuSeconds: number; residentMb: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    residentMb: (Number(fields[21]) * 4_096) / 1024 ** 2,
  };
}

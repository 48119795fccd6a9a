import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ClickHouseClient, createClient } from "@clickhouse/client";
import { type StoreOrders, storeReadySchema } from "../../src/telemetry/store/messages.ts";

const PROGRAM = path.resolve("dist/telemetry-store.mjs");
const READY_MS = 30_000;

/** A server that speaks ClickHouse's HTTP protocol over chDB: what `CLICKHOUSE_URL` names in tests. */
export class ClickHouseServer implements AsyncDisposable {
  readonly url: string;
  readonly client: ClickHouseClient;
  readonly #child: ChildProcess;
  /** Removed at the end; undefined for a directory of somebody else. */
  readonly #ownDir: string | undefined;

  private constructor(child: ChildProcess, url: string, ownDir: string | undefined) {
    this.#child = child;
    this.url = url;
    this.#ownDir = ownDir;
    this.client = createClient({ url });
  }

  /** On a directory of its own, or on one that another store has left. */
  static async start(dir?: string): Promise<ClickHouseServer> {
    if (!existsSync(PROGRAM)) throw new Error("This test runs the built store. Type: npm run build");
    const own = dir === undefined ? await mkdtemp(path.join(tmpdir(), "leverframe-clickhouse-")) : undefined;
    const child = fork(PROGRAM, [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
      env: { PATH: "/usr/bin:/bin", NODE_ENV: "production", UV_THREADPOOL_SIZE: "10" },
    });
    const password = randomBytes(12).toString("hex");
    const orders: StoreOrders = {
      dir: dir ?? own ?? "",
      user: "default",
      password,
      port: 0,
      memoryBytes: 1024 ** 3,
      threads: 2,
    };
    child.send(orders);
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the store said nothing")), READY_MS);
      child.once("message", (message) => {
        clearTimeout(timer);
        resolve(storeReadySchema.parse(message).port);
      });
      child.once("exit", (code) => reject(new Error(`the store ended with ${code}`)));
    });
    return new ClickHouseServer(child, `http://default:${password}@127.0.0.1:${port}/default`, own);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async rows<Row>(query: string, params: Readonly<Record<string, unknown>> = {}): Promise<Row[]> {
    const result = await this.client.query({
      query,
      query_params: params,
      format: "JSONEachRow",
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    return result.json<Row>();
  }

  /** SIGKILL: it knows no better way to go. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.kill("SIGKILL");
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.kill();
    if (this.#ownDir !== undefined) await rm(this.#ownDir, { recursive: true, force: true });
  }
}

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { eventually } from "./eventually.ts";
import { findPrometheusProgram } from "./prometheus-programs.ts";

const READY_MS = 30_000;

/** The distribution's own Prometheus, on a port and a directory of its own. */
export class PrometheusServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(url: string, child: ChildProcess, dir: string) {
    this.url = url;
    this.#child = child;
    this.#dir = dir;
  }

  /** With this configuration; `history` is samples of the past as OpenMetrics' text. Resolves once it answers. */
  static async start(config: object, history?: string): Promise<PrometheusServer> {
    const dir = await mkdtemp(path.join(tmpdir(), "leverframe-prometheus-"));
    const [port = 0] = await freeLoopbackPorts(1);
    await writeFile(path.join(dir, "prometheus.yml"), stringify(config));
    if (history !== undefined) {
      const text = path.join(dir, "history.om");
      await writeFile(text, history);
      const promtool = await findPrometheusProgram("promtool");
      await promisify(execFile)(promtool, ["tsdb", "create-blocks-from", "openmetrics", text, `${dir}/data`]);
    }
    const child = spawn(
      await findPrometheusProgram("prometheus"),
      [
        `--config.file=${dir}/prometheus.yml`,
        `--storage.tsdb.path=${dir}/data`,
        "--storage.tsdb.retention.time=100y",
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, child, dir);
    await eventually(
      async () => (await fetch(`${server.url}/-/ready`)).status,
      (status) => status === 200,
      READY_MS,
    );
    return server;
  }

  /** How its targets do, by the instance label. */
  async targets(): Promise<Readonly<Record<string, string>>> {
    const answer = await fetch(`${this.url}/api/v1/targets?state=active`);
    const { data } = (await answer.json()) as {
      data: { activeTargets: { labels: Record<string, string>; health: string }[] };
    };
    return Object.fromEntries(
      data.activeTargets.map(({ labels, health }) => [labels["instance"] ?? "", health]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
      await gone;
    }
    await rm(this.#dir, { recursive: true, force: true });
  }
}

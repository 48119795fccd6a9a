import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { GRAFANA_FILE, grafanaDashboard, grafanaText } from "../../scripts/grafana-dashboard.ts";
import { findPrometheusProgram } from "../support/prometheus-programs.ts";

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

test("the dashboard for Grafana is the metric pages as they are: npm run grafana", async () => {
  expect(await readFile(GRAFANA_FILE, "utf8")).toBe(grafanaText());
});

test("every question of the dashboard is one that Prometheus takes", async () => {
  const { panels } = grafanaDashboard() as Dashboard;
  const asked = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
  expect(asked.length).toBeGreaterThanOrEqual(19);
  // As Grafana fills them in.
  const filled = asked.map((expr) =>
    expr.replaceAll("$env", "prod").replaceAll("$service", ".*").replaceAll("$__rate_interval", "1m"),
  );
  const rules = filled.map((expr, index) => ({ record: `asked:${index}`, expr }));
  const dir = await mkdtemp(path.join(tmpdir(), "leverframe-grafana-"));
  try {
    const file = path.join(dir, "asked.yml");
    await writeFile(file, stringify({ groups: [{ name: "asked", rules }] }));
    const promtool = await findPrometheusProgram("promtool");
    const { stdout } = await promisify(execFile)(promtool, ["check", "rules", file], { timeout: 30_000 });
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}, 180_000);

// The built-in metric pages as a dashboard of Grafana 9 and later, for a Prometheus that scrapes by /api/sd/prometheus:
//
//   npm run grafana        writes docs/grafana-dashboard.json
//
// A test holds the file to what this makes.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { toPromql } from "../src/domain/metrics/promql.ts";
import english from "../src/ui/messages/en.json" with { type: "json" };
import { type PanelName, panelOf, SECTIONS_OF_PANELS } from "../src/ui/metrics/panels.ts";

const WINDOW_MS = 60_000;
const WIDTH = 12;
const HEIGHT = 8;
const UNITS = {
  perSecond: "reqps",
  share: "percentunit",
  percent: "percent",
  seconds: "s",
  bytes: "bytes",
  count: "short",
} as const;
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

const titles: Readonly<Record<string, string>> = english.charts.panel;
const sections: Readonly<Record<string, string>> = english.charts.section;

/** Grafana's own variables in the places of what our queries fix. */
const withVariables = (promql: string): string =>
  promql
    .replaceAll('env="$env"', 'env="$env", service=~"$service"')
    .replaceAll("[60s]", "[$__rate_interval]");

function panel(name: PanelName, id: number, x: number, y: number): object {
  const scope = { service: undefined, instance: undefined, route: undefined, dependency: undefined };
  const { unit, asked } = panelOf(name, { ...scope, split: "service" }, "all");
  return {
    id,
    type: "timeseries",
    title: titles[name] ?? name,
    datasource: DATASOURCE,
    gridPos: { x, y, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit: UNITS[unit], min: 0 }, overrides: [] },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: asked.map(({ figure, by }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr: withVariables(toPromql({ env: "$env", figure, by }, WINDOW_MS)),
      legendFormat: by.map((label) => `{{${label}}}`).join(" "),
    })),
  };
}

/** The dashboard as Grafana imports it. */
export function grafanaDashboard(): object {
  const panels: object[] = [];
  let y = 0;
  for (const [section, names] of Object.entries(SECTIONS_OF_PANELS)) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: sections[section] ?? section,
      collapsed: false,
      gridPos: { x: 0, y, w: 2 * WIDTH, h: 1 },
      panels: [],
    });
    y += 1;
    names.forEach((name, index) => {
      panels.push(panel(name, panels.length + 1, (index % 2) * WIDTH, y + Math.floor(index / 2) * HEIGHT));
    });
    y += Math.ceil(names.length / 2) * HEIGHT;
  }
  const label = (name: string, metric: string, multi: boolean): object => ({
    name,
    type: "query",
    datasource: DATASOURCE,
    query: { query: `label_values(${metric}, ${name})`, refId: name },
    refresh: 2,
    multi,
    includeAll: multi,
    ...(multi ? { allValue: ".*", current: { text: "All", value: "$__all" } } : {}),
  });
  return {
    title: "Leverframe fleet",
    uid: "leverframe-fleet",
    schemaVersion: 38,
    tags: ["leverframe"],
    editable: true,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus" },
        label("env", "http_requests_total", false),
        label("service", 'http_requests_total{env="$env"}', true),
      ],
    },
    panels,
  };
}

/** As it is committed. */
export const grafanaText = (): string => `${JSON.stringify(grafanaDashboard(), undefined, 2)}\n`;

export const GRAFANA_FILE = path.resolve(import.meta.dirname, "../docs/grafana-dashboard.json");

if (process.argv[1] === import.meta.filename) writeFileSync(GRAFANA_FILE, grafanaText());

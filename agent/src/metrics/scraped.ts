import { Counter, Gauge, type Registry } from "prom-client";

/** A gauge that is filled at each scrape. */
export function gauge<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  fill: (set: (labels: Record<Label, string>, value: number) => void) => void,
): void {
  new Gauge({
    name: `leverframe_agent_${name}`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      fill((labels, value) => this.set(labels, value));
    },
  });
}

/** A counter that is filled at each scrape with totals that only rise. */
export function counter<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  fill: (add: (labels: Record<Label, string>, value: number) => void) => void,
): void {
  new Counter({
    name: `leverframe_agent_${name}_total`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      fill((labels, value) => this.inc(labels, value));
    },
  });
}

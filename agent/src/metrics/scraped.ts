import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Series of a metric; what is beyond them is counted as `other`, and as a gauge left out. */
export const MOST_SERIES = 200;

/** What a metric is called and says. */
export interface MetricName<Label extends string> {
  readonly registry: Registry;
  /** As it is scraped. */
  readonly name: string;
  readonly help: string;
  /** The first one is the one that becomes `other`. */
  readonly labelNames: readonly Label[];
}

type Fill<Label extends string> = (tell: (labels: Record<Label, string>, value: number) => void) => void;

/** Lets so many series through, always the same ones; gives their labels, or undefined. */
class Room<Label extends string> {
  readonly #known = new Set<string>();

  takes(labels: Record<Label, string>): boolean {
    const key = Object.values(labels).join("\n");
    if (this.#known.size < MOST_SERIES) this.#known.add(key);
    return this.#known.has(key);
  }
}

/** A gauge that is filled at each scrape. */
export function scrapedGauge<Label extends string>(
  { registry, name, help, labelNames }: MetricName<Label>,
  fill: Fill<Label>,
): void {
  const room = new Room<Label>();
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      fill((labels, value) => {
        if (room.takes(labels)) this.set(labels, value);
      });
    },
  });
}

/** A counter that is filled at each scrape with totals that only rise. */
export function scrapedCounter<Label extends string>(
  { registry, name, help, labelNames }: MetricName<Label>,
  fill: Fill<Label>,
): void {
  const room = new Room<Label>();
  const [first] = labelNames;
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      fill((labels, value) => {
        const fits = first === undefined || room.takes(labels);
        this.inc(fits ? labels : { ...labels, [first]: "other" }, value);
      });
    },
  });
}

/** Durations of one series, by buckets that are not added up. */
export interface Durations {
  readonly count: number;
  readonly sumSeconds: number;
  readonly buckets: ArrayLike<number>;
}

interface HistogramName extends MetricName<string> {
  /** Upper bounds; one more bucket is above them. */
  readonly bounds: readonly number[];
}

interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A histogram that is read at each scrape from buckets that somebody else counts. */
class ScrapedHistogram extends Histogram {
  readonly #told: HistogramName;
  readonly #series: () => Iterable<readonly [label: string, Durations]>;

  constructor(told: HistogramName, series: () => Iterable<readonly [label: string, Durations]>) {
    const { name, help, labelNames, bounds, registry } = told;
    super({ name, help, labelNames: [...labelNames], buckets: [...bounds], registers: [registry] });
    this.#told = told;
    this.#series = series;
  }

  /** What `get` and registries ask. */
  async getForPromString(): Promise<object> {
    const { name, help } = this.#told;
    const values = [...this.#series()].flatMap(([label, durations]) => this.#values(label, durations));
    return { name, help, type: "histogram", aggregator: "sum", values };
  }

  #values(label: string, { count, sumSeconds, buckets }: Durations): Value[] {
    const { name, labelNames, bounds } = this.#told;
    const labels = { [labelNames[0] ?? "name"]: label };
    const value = (suffix: string, number: number, more: Record<string, string | number> = {}): Value => ({
      metricName: `${name}_${suffix}`,
      labels: { ...more, ...labels },
      value: number,
    });
    let below = 0;
    const rows = bounds.map((le, index) => {
      below += buckets[index] ?? 0;
      return value("bucket", below, { le });
    });
    return [...rows, value("bucket", count, { le: "+Inf" }), value("sum", sumSeconds), value("count", count)];
  }
}

/** Registers a histogram by one label that is read at each scrape. */
export function scrapedHistogram(
  name: HistogramName,
  series: () => Iterable<readonly [label: string, Durations]>,
): void {
  new ScrapedHistogram(name, series);
}

const PREFIX = "leverframe_agent_";

/** A gauge of the agent's own, under its prefix. */
export const gauge = <Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  fill: Fill<Label>,
): void => {
  const collected = function (this: Gauge<Label>): void {
    this.reset();
    fill((labels, value) => this.set(labels, value));
  };
  new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry], collect: collected });
};

/** A counter of the agent's own, under its prefix. */
export const counter = <Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  fill: Fill<Label>,
): void => {
  const collected = function (this: Counter<Label>): void {
    this.reset();
    fill((labels, value) => this.inc(labels, value));
  };
  new Counter({
    name: `${PREFIX}${name}_total`,
    help,
    labelNames,
    registers: [registry],
    collect: collected,
  });
};

/** One family of metrics as an instance exposes it. */
export type Family =
  | {
      readonly kind: "counter" | "gauge";
      readonly name: string;
      readonly help: string;
      readonly samples: readonly {
        readonly labels: Readonly<Record<string, string>>;
        readonly value: number;
      }[];
    }
  | {
      readonly kind: "histogram";
      readonly name: string;
      readonly help: string;
      readonly samples: readonly HistogramSample[];
    };

export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  /** Finite upper bounds, rising. */
  readonly bounds: readonly number[];
  /** What fell into each bucket and no lower one; one more than there are bounds. */
  readonly buckets: readonly number[];
}

export interface Exposition {
  readonly families: readonly Family[];
  /** Samples past `most`, which are left out. */
  readonly dropped: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };
const MOST_LABELS = 30;
const PART = /^(.+)_(bucket|sum|count)$/;

interface Open {
  kind: string;
  help: string;
  readonly plain: { labels: Record<string, string>; value: number }[];
  readonly histograms: Map<string, OpenHistogram>;
}
interface OpenHistogram {
  readonly labels: Record<string, string>;
  count: number;
  sum: number;
  readonly buckets: [le: number, cumulative: number][];
}

/**
 * Reads Prometheus' text format 0.0.4 (and OpenMetrics' as far as they agree). Untyped samples count as gauges, a
 * summary's quantiles too, its sum and count as counters; times of samples are not taken. At most `most` samples; the
 * rest is counted. Throws a `SyntaxError` that names the line which is no such text.
 */
export function readExposition(text: string, most: number): Exposition {
  const families = new Map<string, Open>();
  const open = (name: string): Open => {
    const known = families.get(name) ?? { kind: "untyped", help: "", plain: [], histograms: new Map() };
    families.set(name, known);
    return known;
  };
  let samples = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "") continue;
    if (line.startsWith("#")) {
      const [, word, name, ...rest] = line.split(/\s+/);
      if (name === undefined) continue;
      if (word === "TYPE") open(name).kind = rest[0] ?? "untyped";
      if (word === "HELP") open(name).help = rest.join(" ").slice(0, 300);
      continue;
    }
    samples += 1;
    if (samples > most) continue;
    const [, name, inside, number] = LINE.exec(withoutExemplar(line)) ?? [];
    const labels = inside === undefined ? {} : labelsOf(inside);
    const value = numberOf(number);
    if (name === undefined || labels === undefined || value === undefined) {
      throw new SyntaxError(`line ${index + 1} is not Prometheus' text format: ${line.slice(0, 80)}`);
    }
    take(families, open, { name, labels, value });
  }
  return {
    families: [...families].flatMap(([name, family]) => closed(name, family)),
    dropped: Math.max(0, samples - most),
  };
}

/** OpenMetrics lets an example follow a sample. */
const withoutExemplar = (line: string): string => line.split(" # {")[0] ?? line;

function take(
  families: ReadonlyMap<string, Open>,
  open: (name: string) => Open,
  { name, labels, value }: { name: string; labels: Record<string, string>; value: number },
): void {
  const [, base = "", part] = PART.exec(name) ?? [];
  const family = families.get(base);
  if (family?.kind === "histogram" && part !== undefined) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    const histogram = family.histograms.get(key) ?? { labels: rest, count: 0, sum: 0, buckets: [] };
    family.histograms.set(key, histogram);
    if (part === "count") histogram.count = value;
    else if (part === "sum") histogram.sum = value;
    else histogram.buckets.push([numberOf(le) ?? Number.NaN, value]);
    return;
  }
  if (family?.kind === "summary" && part !== undefined) {
    const counter = open(name);
    counter.kind = "counter";
    counter.plain.push({ labels, value });
    return;
  }
  // OpenMetrics types a counter by its name without `_total`.
  const typed = name.endsWith("_total") ? families.get(name.slice(0, -"_total".length)) : undefined;
  const own = open(name);
  if (typed?.kind === "counter" && own.kind === "untyped") own.kind = "counter";
  own.plain.push({ labels, value });
}

function closed(name: string, { kind, help, plain, histograms }: Open): Family[] {
  if (kind === "histogram") {
    const samples = [...histograms.values()].flatMap(histogramOf);
    return samples.length === 0 ? [] : [{ kind: "histogram", name, help, samples }];
  }
  const samples = plain.filter(({ value }) => Number.isFinite(value));
  if (samples.length === 0) return [];
  return [{ kind: kind === "counter" ? "counter" : "gauge", name, help, samples }];
}

/** Cumulative buckets as OpenTelemetry wants them: what is in each alone. One that contradicts itself is left out. */
function histogramOf({ labels, count, sum, buckets }: OpenHistogram): HistogramSample[] {
  const rising = buckets.toSorted(([a], [b]) => a - b);
  const bounds = rising.map(([le]) => le).filter((le) => Number.isFinite(le));
  if (buckets.some(([le]) => Number.isNaN(le))) return [];
  const cumulative = [...rising.filter(([le]) => Number.isFinite(le)).map(([, total]) => total), count];
  const each = cumulative.map((total, index) => total - (cumulative[index - 1] ?? 0));
  if (each.some((one) => !(one >= 0)) || !Number.isFinite(sum)) return [];
  return [{ labels, count, sum, bounds, buckets: each }];
}

function labelsOf(inside: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let count = 0;
  while (LABEL.lastIndex < inside.length) {
    const from = LABEL.lastIndex;
    if (inside.slice(from).trim() === "") break;
    const [, name, value] = LABEL.exec(inside) ?? [];
    count += 1;
    if (name === undefined || value === undefined || count > MOST_LABELS) return undefined;
    labels[name] = value.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape).slice(0, 1_000);
  }
  return labels;
}

/** In any case of letters, as Go reads them: prom-client writes `Nan`. */
const SPECIAL: Readonly<Record<string, number>> = {
  "+inf": Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const special = SPECIAL[text.toLowerCase()];
  if (special !== undefined) return special;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

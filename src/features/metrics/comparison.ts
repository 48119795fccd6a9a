import type { Figure, Labels } from "../../domain/metrics/query.ts";
import { compareStretches, type Slice, type Verdict } from "../../domain/metrics/verdict.ts";
import type { MetricsReader } from "./metrics-reader.ts";

/** How finely a stretch is cut, by how often its source is scraped. */
export interface Slicing {
  readonly sliceMs: number;
  /** A slice and one scrape: what rose between two slices is then in one of them. */
  readonly windowMs: number;
}

export const OWN_SLICING: Slicing = { sliceMs: 10_000, windowMs: 15_000 };
/** A Prometheus scrapes each 15 s unless told otherwise. */
export const PROMETHEUS_SLICING: Slicing = { sliceMs: 30_000, windowMs: 45_000 };

/** As much as is looked at on each side, ms. */
export const COMPARED_MS = 10 * 60_000;

export interface ServiceVerdict extends Verdict {
  /** `*` stands for all services together. */
  readonly service: string;
}

const REQUESTS: Figure = { kind: "rate", metric: "http_requests_total" };
const FIGURES = {
  requests: REQUESTS,
  errors: { kind: "rate", metric: "http_requests_total", where: { status: { matches: "5.." } } },
  meanSeconds: {
    kind: "ratio",
    of: { kind: "rate", metric: "http_request_duration_seconds_sum" },
    to: { kind: "rate", metric: "http_request_duration_seconds_count" },
  },
  p95Seconds: { kind: "quantile", q: 0.95, metric: "http_request_duration_seconds" },
} as const satisfies Record<string, Figure>;

export interface ComparisonAsked {
  readonly env: string;
  /** `*` for all together. */
  readonly services: readonly string[];
  readonly atMs: number;
  /** The nearest changes on the way: what is looked at ends there. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Each service's requests before a moment against those after it, ten minutes at most on each side. */
export async function compareAt(
  reader: MetricsReader,
  { sliceMs, windowMs }: Slicing,
  asked: ComparisonAsked,
): Promise<readonly ServiceVerdict[]> {
  const { env, services, atMs } = asked;
  const fromMs = Math.max(atMs - COMPARED_MS, asked.notBeforeMs + windowMs);
  const toMs = Math.min(atMs + windowMs + COMPARED_MS, asked.notAfterMs);
  const span = { fromMs: Math.min(fromMs, atMs), toMs: Math.max(toMs, atMs), stepMs: sliceMs, windowMs };
  const named = services.filter((service) => service !== "*");
  const groups: { readonly by: readonly string[]; readonly where: Labels | undefined }[] = [];
  if (named.length > 0) {
    const matches = named.map((name) => name.replace(/[^a-zA-Z0-9_-]/g, "\\$&")).join("|");
    groups.push({ by: ["service"], where: { service: { matches } } });
  }
  if (services.includes("*")) groups.push({ by: [], where: undefined });
  /** By service, then by the end of a slice. */
  const found = new Map<string, Map<number, Partial<Record<keyof typeof FIGURES, number>>>>();
  await Promise.all(
    groups.flatMap(({ by, where }) =>
      (Object.keys(FIGURES) as (keyof typeof FIGURES)[]).map(async (name) => {
        const series = await reader.range({ env, figure: FIGURES[name], by, where }, span);
        for (const { labels, points } of series) {
          const service = labels["service"] ?? "*";
          const slices = found.get(service) ?? new Map<number, Partial<Record<typeof name, number>>>();
          found.set(service, slices);
          for (const [end, value] of points) slices.set(end, { ...slices.get(end), [name]: value });
        }
      }),
    ),
  );
  return services.map((service) => {
    const slices = [...(found.get(service) ?? [])];
    const cut = (isIn: (end: number) => boolean): Slice[] =>
      slices
        .filter(([end]) => isIn(end))
        .map(([, { requests = 0, errors = 0, meanSeconds, p95Seconds }]) => ({
          requests: (requests * sliceMs) / 1_000,
          errors: (errors * sliceMs) / 1_000,
          meanSeconds,
          p95Seconds,
        }));
    const before = cut((end) => end <= atMs);
    const after = cut((end) => end >= atMs + windowMs);
    return { service, ...compareStretches(before, after, sliceMs / 1_000) };
  });
}

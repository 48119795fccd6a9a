import * as z from "zod";
import { DomainError } from "../../domain/errors.ts";
import { toPromql } from "../../domain/metrics/promql.ts";
import type { MetricsReader } from "./metrics-reader.ts";
import { windowsOf } from "./windows.ts";

/**
 * Sends a query to a Prometheus' HTTP API (`/api/v1/…`) and gives what it answered, read as JSON. Throws UNAVAILABLE past
 * its deadline, and where nobody answers.
 */
export type AskPrometheus = (
  path: "query" | "query_range",
  params: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly body: unknown }>;

const sample = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
const answer = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.object({
        resultType: z.literal("matrix"),
        result: z.array(z.object({ metric: labels, values: z.array(sample) })),
      }),
      z.object({
        resultType: z.literal("vector"),
        result: z.array(z.object({ metric: labels, value: sample })),
      }),
    ]),
  }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

/** Answers from a Prometheus that scrapes the fleet by `/api/sd/prometheus`. */
export function createPrometheusReader(ask: AskPrometheus): MetricsReader {
  async function dataOf(path: "query" | "query_range", params: Readonly<Record<string, string>>) {
    const { status, body } = await ask(path, params);
    const read = answer.safeParse(body);
    if (read.success && read.data.status === "success") return read.data.data;
    const why = read.success && read.data.status === "error" ? read.data.error : `status ${status}`;
    if (read.success && read.data.status === "error" && read.data.errorType === "bad_data") {
      throw new DomainError("INVALID", `Prometheus does not take this query: ${why}`);
    }
    throw new DomainError("UNAVAILABLE", `Prometheus does not answer the query: ${why}`);
  }
  const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
  const shown = (by: readonly string[], metric: Readonly<Record<string, string>>) =>
    Object.fromEntries(by.map((name) => [name, metric[name] ?? ""]));

  return {
    async range(query, span) {
      const { fromMs, stepMs, steps, windowMs } = windowsOf(span);
      if (steps === 0) return [];
      const data = await dataOf("query_range", {
        query: toPromql(query, windowMs),
        start: seconds(fromMs),
        end: seconds(fromMs + (steps - 1) * stepMs),
        step: seconds(stepMs),
      });
      if (data.resultType !== "matrix") return [];
      return data.result.flatMap(({ metric, values }) => {
        const points = values
          .map(([at, value]) => [Math.round(at * 1_000), Number(value)] as const)
          .filter(([, value]) => Number.isFinite(value));
        return points.length === 0 ? [] : [{ labels: shown(query.by, metric), points }];
      });
    },
    async instant(query, { atMs, windowMs }) {
      const data = await dataOf("query", { query: toPromql(query, windowMs), time: seconds(atMs) });
      if (data.resultType !== "vector") return [];
      return data.result
        .map(({ metric, value: [, value] }) => ({ labels: shown(query.by, metric), value: Number(value) }))
        .filter(({ value }) => Number.isFinite(value));
    },
  };
}

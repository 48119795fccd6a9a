import { changeSetId, environmentName, resourceScope } from "@leverframe/agent/protocol";
import * as z from "zod";
import { LABEL_NAME, METRIC_NAME } from "../../domain/metrics/query.ts";
import { guarded, router } from "../../server/trpc.ts";
import type { ServiceVerdict } from "./comparison.ts";
import type { ControlHealth } from "./control-health.ts";
import type { Marker, MarkerSpan } from "./markers.ts";
import type { MetricsReader } from "./metrics-reader.ts";

export interface Comparison {
  readonly changeSetId: string;
  readonly atMs: number;
  readonly verdicts: readonly ServiceVerdict[];
  /** Changes of the same services that cut short what could be looked at. */
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

export interface MetricsPort {
  readonly reader: MetricsReader;
  markers(
    env: string,
    span: MarkerSpan & { readonly service?: string | undefined },
  ): Promise<readonly Marker[]>;
  /** Throws NOT_FOUND for a change set that neither etcd nor the history knows. */
  compare(env: string, changeSetId: string): Promise<Comparison>;
  health(env: string): Promise<ControlHealth>;
  /** Throws NOT_FOUND for an environment that nobody made. */
  known(env: string): void;
}

const match = z.union([
  z.strictObject({ is: z.string().max(300) }),
  z.strictObject({ not: z.string().max(300) }),
  z.strictObject({ matches: z.string().max(300) }),
]);
const labelName = z.string().regex(LABEL_NAME);
const labels = z
  .record(labelName, match)
  .refine((all) => Object.keys(all).length <= 20, { error: "at most 20 conditions" });
const metric = z.string().regex(METRIC_NAME);
const where = labels.optional();
const plain = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("rate"), metric, where }),
  z.strictObject({ kind: z.literal("quantile"), q: z.number().gt(0).lt(1), metric, where }),
  z.strictObject({
    kind: z.literal("gauge"),
    metric,
    by: z.enum(["avg", "max", "min", "sum"]),
    where,
  }),
]);
/** A ratio of ratios is no figure that a page asks for. */
const figure = z.union([plain, z.strictObject({ kind: z.literal("ratio"), of: plain, to: plain })]);
const ms = z.number().int().min(0).max(4_102_444_800_000);
const query = { env: environmentName, figure, by: z.array(labelName).max(4), where };

/** Whoever may see one service of an environment sees the whole of it: a pull is judged by what stands around it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createMetricsRouter = (port: MetricsPort) =>
  router({
    range: guarded(viewer)
      .input(
        z.strictObject({
          ...query,
          fromMs: ms,
          toMs: ms,
          stepMs: z.number().int().min(1_000).max(86_400_000),
          windowMs: z.number().int().min(1_000).max(86_400_000).optional(),
        }),
      )
      .query(({ input: { fromMs, toMs, stepMs, windowMs, ...asked } }) => {
        port.known(asked.env);
        return port.reader.range(asked, { fromMs, toMs, stepMs, windowMs });
      }),
    instant: guarded(viewer)
      .input(
        z.strictObject({
          ...query,
          atMs: ms,
          windowMs: z
            .number()
            .int()
            .min(1_000)
            .max(30 * 86_400_000),
        }),
      )
      .query(({ input: { atMs, windowMs, ...asked } }) => {
        port.known(asked.env);
        return port.reader.instant(asked, { atMs, windowMs });
      }),
    markers: guarded(viewer)
      .input(
        z.strictObject({ env: environmentName, fromMs: ms, toMs: ms, service: resourceScope.optional() }),
      )
      .query(({ input: { env, ...span } }) => {
        port.known(env);
        return port.markers(env, span);
      }),
    compare: guarded(viewer)
      .input(z.strictObject({ env: environmentName, changeSetId }))
      .query(({ input }) => {
        port.known(input.env);
        return port.compare(input.env, input.changeSetId);
      }),
    health: guarded(viewer)
      .input(z.strictObject({ env: environmentName }))
      .query(({ input: { env } }) => {
        port.known(env);
        return port.health(env);
      }),
  });

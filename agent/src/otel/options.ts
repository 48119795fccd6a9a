import type { TracerProvider } from "@opentelemetry/api";
import * as z from "zod";
import { describeIssues } from "../protocol/index.ts";
import type { RedactionOptions } from "./redaction.ts";

export interface TelemetryOptions {
  /**
   * Where OTLP/HTTP is taken, without `/v1/…`: `http://collector:4318`. Default: `OTEL_EXPORTER_OTLP_ENDPOINT` and the names for
   * one signal alone, else `http://localhost:4318`.
   */
  readonly endpoint?: string;
  /** Sent with each request, such as `{ authorization: "Bearer …" }`. Default: `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the `sampling` lever that is obeyed. Default `traces`. */
  readonly sampling?: string;
  /** What is sampled where no lever says otherwise, in basis points. Default 1,000: every tenth trace. */
  readonly rateBp?: number;
  /**
   * From which duration on a span, and what this process did for its trace, is exported though it is not sampled, in ms; what
   * fails always is. Default 1,000. `false`: only what is sampled is recorded at all, which costs least.
   */
  readonly slowMs?: number | false;
  readonly redact?: RedactionOptions;
  /** More attributes of the resource. Those that name the instance are the agent's and stay. */
  readonly resource?: Readonly<Record<string, string>>;
  /** What waits for its export at most; beyond, spans are dropped and counted. Default 4 MiB. */
  readonly mostQueuedBytes?: number;
  /** Between two exports of spans, in ms. Default 1,000. */
  readonly exportEveryMs?: number;
  /** Between two exports of what was called, in ms. Default 5,000. */
  readonly metricsEveryMs?: number;
  /**
   * The provider of an SDK that the host has started by itself: spans are made through it, by its sampler, and exported by it.
   * Sampling, redaction and bounds are then that SDK's matter; what was called is still told from here.
   */
  readonly provider?: TracerProvider;
}

const checked = z.object({
  endpoint: z
    .url({ protocol: /^https?$/, error: "must be an address such as http://collector:4318" })
    .optional(),
  headers: z.record(z.string(), z.string()).optional(),
  sampling: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: "must be the name of a lever" })
    .default("traces"),
  rateBp: z.int().min(0).max(10_000).default(1_000),
  slowMs: z.union([z.literal(false), z.number().min(0).max(3_600_000)]).default(1_000),
  redact: z
    .object({
      keys: z.array(z.string().min(1).max(128)).max(200).optional(),
      patterns: z.array(z.instanceof(RegExp)).max(50).optional(),
    })
    .optional(),
  resource: z.record(z.string(), z.string().max(256)).default({}),
  mostQueuedBytes: z
    .int()
    .min(65_536)
    .max(268_435_456)
    .default(4 * 1_048_576),
  exportEveryMs: z.number().min(10).max(60_000).default(1_000),
  metricsEveryMs: z.number().min(100).max(60_000).default(5_000),
});

/** The options, checked and complete. */
export type TelemetrySettings = z.infer<typeof checked>;

/** Checks the options. Throws a `TypeError` that names each field at fault. */
export function settingsFor({ provider: _, ...options }: TelemetryOptions): TelemetrySettings {
  const parsed = checked.safeParse(options);
  if (!parsed.success) throw new TypeError(`startTelemetry: ${describeIssues(parsed.error)}`);
  return parsed.data;
}

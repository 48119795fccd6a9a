import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type SpanKind,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { type Sampler, SamplingDecision, type SamplingResult } from "@opentelemetry/sdk-trace";
import { type Asked, isKept, rateFor, type SamplingSpec } from "./sampling-rate.ts";

export interface LiveSamplerOptions {
  /** What holds now. */
  readonly spec: () => SamplingSpec;
  /** Whether spans that are not sampled are recorded all the same, since what is slow or fails may be exported. */
  readonly recordAll: boolean;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/**
 * Samples by the live `sampling` lever where a trace begins; a trace that comes from elsewhere is sampled as its caller says.
 */
export class LiveSampler implements Sampler {
  readonly #options: LiveSamplerOptions;
  /** Traces that began here, by what was decided. */
  readonly decided = { sampled: 0, unsampled: 0 };

  constructor(options: LiveSamplerOptions) {
    this.#options = options;
  }

  shouldSample(
    context: Context,
    traceId: string,
    _name: string,
    _kind: SpanKind,
    attributes: Attributes,
  ): SamplingResult {
    const parent = trace.getSpanContext(context);
    const sampled =
      parent !== undefined && isSpanContextValid(parent)
        ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0
        : this.#decide(traceId, attributes);
    if (sampled) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    return { decision: this.#options.recordAll ? SamplingDecision.RECORD : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return "LeverframeLiveSampler";
  }

  #decide(traceId: string, attributes: Attributes): boolean {
    const kept = isKept(traceId, rateFor(this.#options.spec(), askedOf(attributes)));
    this.decided[kept ? "sampled" : "unsampled"]++;
    return kept;
  }
}

function askedOf(attributes: Attributes): Asked {
  const [service, method] = [text(attributes["rpc.service"]), text(attributes["rpc.method"])];
  const rpc = service === undefined || method === undefined ? undefined : `/${service}/${method}`;
  return {
    route: text(attributes["http.route"]) ?? rpc ?? text(attributes["messaging.destination.name"]),
    path: text(attributes["url.path"]),
  };
}

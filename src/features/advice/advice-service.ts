import { type Advice, type AdvisedChange, type AdvisedLever, adviceOf } from "../../domain/advice/advice.ts";
import { isDomainError } from "../../domain/errors.ts";
import type { Graph } from "../../domain/topology/graph.ts";
import type { EdgeReader } from "../topology/edge-reader.ts";

export interface AdviceAnswer {
  readonly advice: readonly Advice[];
  /** How much of the last day was counted, ms; 0 where traffic isn't known. */
  readonly countedMs: number;
  /** Why what stands on traffic isn't known; undefined where it is. */
  readonly untold?: string;
}

export interface AdviceParts {
  /** Undefined where telemetry is off. */
  readonly edges: EdgeReader | undefined;
  /** Throws NOT_FOUND for an environment that nobody made. */
  levers(env: string): readonly AdvisedLever[];
  changes(env: string, span: { fromMs: number; toMs: number }): Promise<readonly AdvisedChange[]>;
  /** `service/kind/name` of levers that decided something since then; undefined where nobody scraped. */
  decided(env: string, sinceMs: number): Promise<ReadonlySet<string> | undefined>;
  /** Wall time, ms. */
  now(): number;
}

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const OFF = "LEVERFRAME_TELEMETRY is off";
/** Advice changes slowly. */
const KEPT_MS = 30_000;

/** What traffic and levers of an environment suggest. What it can't know it leaves out, and says why. */
export class AdviceService {
  readonly #parts: AdviceParts;
  readonly #kept = new Map<string, { readonly atMs: number; readonly answer: Promise<AdviceAnswer> }>();

  constructor(parts: AdviceParts) {
    this.#parts = parts;
  }

  list(env: string): Promise<AdviceAnswer> {
    // Named first: an environment that nobody made is kept by nobody.
    const levers = this.#parts.levers(env);
    const nowMs = this.#parts.now();
    const kept = this.#kept.get(env);
    if (kept !== undefined && Math.abs(nowMs - kept.atMs) < KEPT_MS) return kept.answer;
    const answer = this.#work(env, levers, nowMs);
    this.#kept.set(env, { atMs: nowMs, answer });
    answer.catch(() => this.#kept.delete(env));
    return answer;
  }

  async #work(env: string, levers: readonly AdvisedLever[], nowMs: number): Promise<AdviceAnswer> {
    const span = { fromMs: nowMs - DAY_MS, toMs: nowMs };
    const [traffic, changes, decided] = await Promise.all([
      this.#traffic(env, span),
      this.#parts.changes(env, { fromMs: nowMs - MONTH_MS, toMs: nowMs }).catch(() => []),
      this.#parts.decided(env, nowMs - MONTH_MS).catch(() => undefined),
    ]);
    const { graph, countedMs, untold } = traffic;
    return {
      advice: adviceOf({ graph, countedMs, changes, levers, decided, nowMs }),
      countedMs,
      ...(untold === undefined ? {} : { untold }),
    };
  }

  async #traffic(
    env: string,
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<{ readonly graph: Graph; readonly countedMs: number; readonly untold?: string }> {
    const nothing = { graph: { ...span, nodes: [], edges: [], isCut: false }, countedMs: 0 };
    const { edges } = this.#parts;
    if (edges === undefined) return { ...nothing, untold: OFF };
    try {
      const [graph, recent, steps] = await Promise.all([
        edges.edges({ env, ...span }),
        edges.totals({ env, fromMs: span.toMs - HOUR_MS, toMs: span.toMs, stepMs: MINUTE_MS }),
        edges.totals({ env, ...span, stepMs: HOUR_MS }),
      ]);
      const [first] = [...steps].toSorted((a, b) => a.atMs - b.atMs);
      const [minute] = recent;
      // Of the first hour alone the minute says it.
      const sinceMs = steps.length <= 1 ? (minute?.atMs ?? span.toMs) : (first?.atMs ?? span.toMs);
      return { graph, countedMs: Math.max(MINUTE_MS, span.toMs - Math.max(span.fromMs, sinceMs)) };
    } catch (error) {
      if (isDomainError(error) && error.code === "UNAVAILABLE")
        return { ...nothing, untold: error.publicMessage };
      throw error;
    }
  }
}

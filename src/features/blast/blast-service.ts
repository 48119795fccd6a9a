import { type BlastRadius, blastRadius } from "../../domain/blast-radius.ts";
import { isDomainError } from "../../domain/errors.ts";
import type { Graph } from "../../domain/topology/graph.ts";
import type { EdgeReader } from "../topology/edge-reader.ts";

export type BlastAnswer =
  | { readonly known: true; readonly radius: BlastRadius; readonly fromMs: number; readonly toMs: number }
  | { readonly known: false; readonly why: string };

export interface BlastParts {
  /** Undefined where telemetry is off. */
  readonly edges: EdgeReader | undefined;
  /** Throws NOT_FOUND for an environment that nobody made. */
  readonly known: (env: string) => void;
  /** Wall time, ms. */
  readonly now: () => number;
}

/** Averages are of so long, ms. */
export const BLAST_SPAN_MS = 300_000;
/** A count comes up to 5 s after its calls, and takes a moment to be stored. */
const SETTLING_MS = 10_000;
/** Sheets that open together ask once. */
const KEPT_MS = 5_000;
const OFF = "LEVERFRAME_TELEMETRY is off";

/** What a pull reaches, by what was called in the last five minutes, sampled or not. */
export class BlastService {
  readonly #parts: BlastParts;
  readonly #asked = new Map<string, { readonly atMs: number; readonly graph: Promise<Graph> }>();

  constructor(parts: BlastParts) {
    this.#parts = parts;
  }

  /** Never rejects for want of traffic: a pull goes on, and is told why it isn't known. */
  async radius(env: string, services: readonly string[]): Promise<BlastAnswer> {
    const { edges, known } = this.#parts;
    known(env);
    if (edges === undefined) return { known: false, why: OFF };
    try {
      const graph = await this.#graph(edges, env);
      return { known: true, radius: blastRadius(graph, services), fromMs: graph.fromMs, toMs: graph.toMs };
    } catch (error) {
      if (isDomainError(error) && error.code === "UNAVAILABLE")
        return { known: false, why: error.publicMessage };
      throw error;
    }
  }

  #graph(edges: EdgeReader, env: string): Promise<Graph> {
    const nowMs = this.#parts.now();
    const before = this.#asked.get(env);
    if (before !== undefined && Math.abs(nowMs - before.atMs) < KEPT_MS) return before.graph;
    const toMs = nowMs - SETTLING_MS;
    const graph = edges.edges({ env, fromMs: toMs - BLAST_SPAN_MS, toMs });
    this.#asked.set(env, { atMs: nowMs, graph });
    graph.catch(() => this.#asked.delete(env));
    return graph;
  }
}

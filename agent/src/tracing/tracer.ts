import type { ReadHeader, WriteHeader } from "../context/index.ts";

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What a span begins with. */
export interface SpanStart {
  readonly kind: "server" | "client" | "internal" | "producer" | "consumer";
  /** Of few values: a route's template, a method's path, a lever's name. */
  readonly name: string;
  readonly attributes: Attributes;
  /** Headers of whoever asked for the work: its trace goes on where they name one. */
  readonly parent?: ReadHeader;
}

/** Work that is being traced. Nothing of it throws. */
export interface ActiveSpan {
  /** Runs work whose own spans are children of this one. Throws what the work throws. */
  run<T>(work: () => T): T;
  /** Writes W3C trace context for whoever is asked next. */
  inject(write: WriteHeader): void;
  set(name: string, value: AttributeValue): void;
  rename(name: string): void;
  event(name: string, attributes?: Attributes): void;
  /** Once; `fault` says that the work failed, and how. */
  end(fault?: unknown): void;
}

/** Who makes spans of what the agent and its adapters do. */
export interface Tracer {
  start(span: SpanStart): ActiveSpan;
  /** A lever acted on the work that is under way: `switch/comments`, `breaker/bank`. */
  acted(lever: string): void;
}

let current: Tracer | undefined;

/** The process's tracer; undefined while none was started, which is all that tracing costs then. */
export const activeTracer = (): Tracer | undefined => current;

/** Takes a tracer into use. Returns what ends it. Throws where one is in use already: a process has one. */
export function useTracer(tracer: Tracer): () => void {
  if (current !== undefined) throw new Error("telemetry runs in this process already: close it first");
  current = tracer;
  return () => {
    if (current === tracer) current = undefined;
  };
}

import type { ActiveSpan, Tracer } from "../tracing/index.ts";
import type { CallOutcome } from "./call-stats.ts";

/** Makes a call by name as a span of its own, with the attempts as its children. Rejects as the call does. */
export function traceCall<T>(
  tracer: Tracer,
  name: string,
  make: (span: ActiveSpan) => Promise<T>,
): Promise<T> {
  const span = tracer.start({
    kind: "internal",
    name: `call ${name}`,
    attributes: { "leverframe.call": name },
  });
  return span
    .run(() => make(span))
    .then(
      (answer) => {
        span.end();
        return answer;
      },
      (error: unknown) => {
        span.end(error);
        throw error;
      },
    );
}

/** Says on a call's span how it ended, and which of its levers made it end so. */
export function traceOutcome(
  tracer: Tracer | undefined,
  span: ActiveSpan | undefined,
  call: {
    readonly name: string;
    readonly callee: string;
    readonly outcome: CallOutcome;
    readonly tries: number;
  },
): void {
  if (span === undefined) return;
  const { name, callee, outcome, tries } = call;
  span.set("peer.service", callee);
  span.set("leverframe.outcome", outcome);
  span.set("leverframe.attempts", tries);
  if (tries > 1) tracer?.acted(`retry/${name}`);
  if (outcome === "limited") tracer?.acted(`limit/${name}`);
  if (outcome === "timeout") tracer?.acted(`timeout/${name}`);
}

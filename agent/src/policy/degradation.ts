import { channel } from "node:diagnostics_channel";
import { type CallContext, noteDegradation } from "../context/index.ts";
import { type Logger, reasonOf, TroubleLog } from "../logger.ts";
import type { Level, SwitchSpec } from "../protocol/index.ts";
import type { Context } from "../rules/index.ts";
import type { DegradationReason } from "./call-stats.ts";

/** Why another answer stands in, and what may make it. */
export interface Degradation {
  /** The call's. */
  readonly name: string;
  readonly reason: DegradationReason;
  /** `service/name` of the switch, else of the call: what the context and the answer's header name. */
  readonly lever: string;
  /** What the call threw; undefined where it was not made. */
  readonly error: unknown;
  readonly level: Level | undefined;
  readonly strategy: SwitchSpec["strategy"] | undefined;
  /** The switch's; it has the shape of the call's own answer. */
  readonly payload: SwitchSpec["payload"];
}

/** What is told to whoever records work for later compensation. */
export interface DegradedCall {
  readonly name: string;
  readonly reason: DegradationReason;
  /** The request that the call was for. */
  readonly context: CallContext;
  /** What a later try needs, as the call was given it. */
  readonly args: unknown;
}

export type OnDegraded = (call: DegradedCall) => void | Promise<void>;

/** `node:diagnostics_channel`: each message is a `Degradation`; a tracer puts it on the span that is current then. */
export const DEGRADATION_CHANNEL = "leverframe:degradation";
const told = channel(DEGRADATION_CHANNEL);

/** Tells of the degradations of one call: to the log once a minute, to tracers each time, to the request, to the hook. */
export class DegradationTeller {
  readonly #logger: Logger;
  readonly #log: TroubleLog;

  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#log = new TroubleLog(logger, now);
  }

  /** Never throws, whatever a listener or the hook does. */
  tell(
    degradation: Degradation,
    request: CallContext,
    o: { args: unknown; hook: OnDegraded | undefined },
  ): void {
    const { name, reason, lever, error } = degradation;
    const fields = { call: name, reason, lever, ...(error === undefined ? {} : { error: reasonOf(error) }) };
    this.#log.warn(fields, "a call is answered by something else");
    noteDegradation(lever);
    if (told.hasSubscribers) {
      try {
        told.publish(degradation);
      } catch {
        // A subscriber's fault; Node reports it by itself.
      }
    }
    if (o.hook !== undefined) this.#record(o.hook, { name, reason, context: request, args: o.args });
  }

  #record(hook: OnDegraded, call: DegradedCall): void {
    const failed = (error: unknown): void =>
      this.#logger.error(
        { call: call.name, reason: reasonOf(error) },
        "work for later compensation was not recorded",
      );
    try {
      const recording = hook(call);
      if (recording instanceof Promise) recording.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** What a fallback is given: the caller's context, and why. */
export type Fallback<T> = (context: Context | undefined, degradation: Degradation) => T | PromiseLike<T>;

import {
  ErrorCode,
  type EvaluationContext,
  type EventDetails,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
} from "@openfeature/server-sdk";
import type { Agent } from "../agent/agent.ts";
import { isFault, readFlagContext } from "../rules/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { type Standing, StandingWatch, standingOf } from "./standing-watch.ts";

export interface LeverframeProviderOptions {
  /** Between two looks at whether what is served is still proved by etcd, ms. Default 1,000. */
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 1_000;
type Expected = "boolean" | "string" | "number" | "object";

/**
 * An OpenFeature provider over an agent: switches are booleans (true is degraded), configs what they hold, and a key is
 * found as `FlagTable` says. Evaluates in memory, counts what it evaluates as read, and never throws: an answer without
 * a value bears an error code and the code's default. It starts the agent where nobody did, and leaves its end to its
 * owner.
 */
export class LeverframeProvider implements Provider {
  readonly metadata = { name: "Leverframe", version: AGENT_VERSION } as const;
  readonly runsOn = "server" as const;
  readonly events = new OpenFeatureEventEmitter();
  readonly #agent: Agent;
  readonly #lookEveryMs: number;
  #watch: StandingWatch | undefined;

  constructor(agent: Agent, { lookEveryMs = LOOK_EVERY_MS }: LeverframeProviderOptions = {}) {
    this.#agent = agent;
    this.#lookEveryMs = lookEveryMs;
  }

  /** Resolves when the agent is started, at the latest after its `startDeadlineMs`; rejects where it serves defaults alone. */
  async initialize(): Promise<void> {
    if (!this.#agent.ready()) await this.#agent.start();
    this.#watch ??= new StandingWatch(this.#agent, this.#lookEveryMs, {
      changed: (flagsChanged) => this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged }),
      stands: (standing) => this.#tell(standing),
    });
    const { standing } = this.#watch;
    if (standing.state === "error") throw new Error(standing.message);
    // The SDK tells READY after this; what is stale from the start is told right behind it.
    if (standing.state === "stale") setImmediate(() => this.#tell(standing));
  }

  /** Ends what `initialize` began. The agent goes on: who made it closes it. */
  async onClose(): Promise<void> {
    this.#watch?.close();
    this.#watch = undefined;
  }

  async resolveBooleanEvaluation(
    key: string,
    fallback: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#resolve(key, fallback, "boolean", context);
  }

  async resolveStringEvaluation(
    key: string,
    fallback: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#resolve(key, fallback, "string", context);
  }

  async resolveNumberEvaluation(
    key: string,
    fallback: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#resolve(key, fallback, "number", context);
  }

  async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.#resolve(key, fallback, "object", context);
  }

  #resolve<T>(key: string, fallback: T, expected: Expected, given: EvaluationContext): ResolutionDetails<T> {
    const refused = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => ({
      value: fallback,
      reason: "ERROR",
      errorCode,
      errorMessage,
    });
    const standing = this.#watch?.standing ?? standingOf(this.#agent);
    if (standing.state === "error") return refused(ErrorCode.PROVIDER_NOT_READY, standing.message);
    const read = readFlagContext(given);
    if ("fault" in read) return refused(ErrorCode.INVALID_CONTEXT, read.fault);
    const answer = this.#agent.flags.evaluate(key, read.context);
    if (isFault(answer)) return refused(ErrorCode[answer.errorCode], answer.errorDetails);
    const { variant, metadata } = answer;
    const said = { ...(variant === undefined ? {} : { variant }), flagMetadata: metadata };
    if (answer.value === undefined) return { value: fallback, reason: "DEFAULT", ...said };
    const found = typeof answer.value;
    if (found !== expected) {
      return refused(ErrorCode.TYPE_MISMATCH, `${key} is of type ${found}, and was asked for as ${expected}`);
    }
    return { value: answer.value as T, reason: standing.reason ?? answer.reason, ...said };
  }

  #tell({ state, message }: Standing): void {
    const details: EventDetails = { providerName: this.metadata.name, message };
    if (state === "ready") this.events.emit(ProviderEvents.Ready, details);
    else if (state === "stale") this.events.emit(ProviderEvents.Stale, details);
    else this.events.emit(ProviderEvents.Error, { ...details, errorCode: ErrorCode.GENERAL });
  }
}

import type { Registry } from "prom-client";
import type { Breaker } from "../breaker/index.ts";
import type { ServiceHandle } from "../discovery/index.ts";
import type { FlagReader } from "../flags/live-flags.ts";
import type {
  ConfigHandle,
  ConfigOptions,
  ConfigSchema,
  SwitchHandle,
  SwitchOptions,
} from "../levers/index.ts";
import type {
  CallFunction,
  CallPolicy,
  LeveledLogger,
  PolicyCallOptions,
  PolicyDefaults,
} from "../policy/index.ts";
import type { BreakerSpec } from "../protocol/index.ts";
import type { AgentEvents } from "./events.ts";
import type { AgentStatus } from "./status.ts";
import type { TelemetrySource } from "./telemetry-source.ts";

/**
 * A service's side of Leverframe: live levers, receipts that prove them, registration and discovery. Nothing that it
 * does throws into its host.
 */
export interface Agent {
  readonly instance: string;
  /** Anew at each start of the process. */
  readonly incarnation: string;
  readonly status: AgentStatus;
  /** Its own metrics, also without a port. */
  readonly metrics: Registry;
  /** What `@leverframe/agent/otel` stands on. */
  readonly telemetry: TelemetrySource;
  /**
   * Resolves when live state is applied and the instance registered, at the latest after `startDeadlineMs`; what is
   * missing then comes later. Never rejects.
   */
  start(): Promise<void>;
  /** Whether this instance asks for calls: not while it is drained or isolated by a traffic lever, nor once it closes. */
  readonly takesCalls: boolean;
  /** Whether `start` is over and `close` was not called. */
  ready(): boolean;
  /** Says that it leaves, deletes its keys, stops everything: no timer or socket of it is left. Bounded; never rejects. */
  close(): Promise<void>;
  /** Declares a switch: the same handle for the same name. */
  switch(name: string, options: SwitchOptions): SwitchHandle;
  /** Declares a config: the same handle for the same name and schema. */
  config<T>(name: string, schema: ConfigSchema<T>, options: ConfigOptions<T>): ConfigHandle<T>;
  /** Declares a breaker: the same one for the same name. */
  breaker(name: string, defaults?: Partial<BreakerSpec>): Omit<Breaker, "update" | "replaceSpec">;
  /** Switches and configs as flags, by the keys of OpenFeature and OFREP. */
  readonly flags: FlagReader;
  /**
   * Declares a call with its levers `timeout`, `retry`, `limit` and `breaker` of that name: the same one for the same
   * name, whose defaults are heard the first time.
   */
  policy(name: string, defaults?: PolicyDefaults): Pick<CallPolicy, "call" | "name" | "stats" | "budgetLeft">;
  /**
   * Makes a call under the policies of its name. From the outside in: degraded switch and fallback, deadline and timeout,
   * retry with its budget, limits, breaker, `fn`. Rejects with `fn`'s own error, `CallTimeoutError`,
   * `DeadlineExceededError` (never made, where the request's deadline is over already), `LimitReachedError`,
   * `BreakerOpenError` or `CallDegradedError`, where no fallback answers.
   */
  call<T>(name: string, fn: CallFunction<T>, options?: PolicyCallOptions<T> & PolicyDefaults): Promise<T>;
  /**
   * Binds a logger's level to the live config `log-level` (format text) of this service, and to its expiry. A level that
   * the logger does not know is held. Returns what ends it.
   */
  logLevel(logger: LeveledLogger, options: { readonly default: string }): () => void;
  /** Follows a service that this one calls. */
  service(name: string): ServiceHandle;
  /** Returns what ends it. */
  on<Event extends keyof AgentEvents>(
    event: Event,
    listener: (value: AgentEvents[Event]) => void,
  ): () => void;
}

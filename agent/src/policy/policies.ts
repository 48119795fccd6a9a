import type { Clock } from "../clock.ts";
import type { DependencyStats } from "../dependencies/index.ts";
import type { LeverStore } from "../levers/index.ts";
import type { Logger } from "../logger.ts";
import {
  DEFAULT_RETRY,
  DEFAULT_TIMEOUT,
  describeIssues,
  type Kind,
  type SpecOf,
  specSchemas,
  strict,
  type TimeoutSpec,
} from "../protocol/index.ts";
import type { PolicyDefaults } from "./call-options.ts";
import { CallPolicy } from "./call-policy.ts";
import type { CallRates } from "./call-stats.ts";
import { CalleeFigures } from "./callee-figures.ts";
import { DegradationTeller } from "./degradation.ts";
import { Limiter } from "./limiter.ts";
import { RetryBudget } from "./retry-budget.ts";

export interface PoliciesOptions {
  readonly service: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly levers: LeverStore;
  /** Where attempts are counted by callee. */
  readonly dependencies: DependencyStats;
}

/** More calls by name than this share one policy without levers: names are meant to be written, not computed. */
export const MOST_POLICIES = 500;
const schemas = specSchemas(strict);
const NO_DEFAULTS: PolicyDefaults = Object.freeze({});

/** The calls that the code makes by name, each with its policies. The same policy for the same name. */
export class Policies {
  readonly #options: PoliciesOptions;
  readonly #policies = new Map<string, CallPolicy>();
  readonly #limiters = new Map<string, Limiter>();
  readonly #budgets = new Map<string, RetryBudget>();
  #overflow: CallPolicy | undefined;

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<CallPolicy> {
    return this.#policies.values();
  }

  /** Of the call of that name, or of all. */
  *rates(of: string | undefined): Iterable<CallRates> {
    const nowMs = this.#options.clock.now();
    for (const policy of this) if (of === undefined || policy.name === of) yield policy.stats.rates(nowMs);
  }

  *namedRates(): Iterable<readonly [name: string, rates: CallRates]> {
    const nowMs = this.#options.clock.now();
    for (const policy of this) yield [policy.name, policy.stats.rates(nowMs)];
  }

  get limiters(): Iterable<Limiter> {
    return this.#limiters.values();
  }

  /** Declares a call: its levers are told in receipts from now on. Defaults are heard the first time. */
  policy(name: string, defaults: PolicyDefaults = NO_DEFAULTS): CallPolicy {
    const known = this.#policies.get(name);
    if (known !== undefined) return known;
    if (this.#policies.size >= MOST_POLICIES) {
      if (this.#overflow === undefined)
        this.#options.logger.error(
          { name, most: MOST_POLICIES },
          "too many calls by name: others share one policy",
        );
      this.#overflow ??= this.#newPolicy("other-calls", { breaker: false, callee: "other" });
      return this.#overflow;
    }
    const made = this.#newPolicy(name, defaults);
    this.#policies.set(name, made);
    return made;
  }

  #newPolicy(name: string, defaults: PolicyDefaults): CallPolicy {
    const { service, clock, random, logger, levers, dependencies } = this.#options;
    const { kind, callee } = defaults;
    const timeout = levers.policy(
      "timeout",
      name,
      this.#completed("timeout", name, DEFAULT_TIMEOUT, timeoutOf(defaults)),
    );
    const retry = levers.policy("retry", name, this.#completed("retry", name, DEFAULT_RETRY, defaults.retry));
    const limits = [name, ...(defaults.limits ?? []).filter((other) => other !== name)];
    const policy = new CallPolicy({
      name,
      service,
      clock,
      random,
      timeout,
      retry,
      limiters: limits.map((limit) => this.#limiter(limit, limit === name ? defaults : NO_DEFAULTS)),
      breaker: defaults.breaker === false ? undefined : levers.breaker(name, defaults.breaker ?? {}),
      budget: this.#budget(callee ?? name),
      figures: kind === "own" ? undefined : new CalleeFigures(dependencies, { name, callee, kind }),
      teller: new DegradationTeller(logger, () => clock.now()),
    });
    const { stats } = policy;
    timeout.count = () => ({ ended: stats.outcomes.timeout, in_time: stats.outcomes.ok });
    retry.count = () => {
      const refused = Object.values(stats.refusals).reduce((sum, count) => sum + count, 0);
      return { retried: stats.retries, refused };
    };
    return policy;
  }

  #limiter(name: string, { limit }: PolicyDefaults): Limiter {
    const { clock, levers } = this.#options;
    const byDefault = limit === undefined ? undefined : this.#completed("limit", name, limit, {});
    const known = this.#limiters.get(name);
    const handle = levers.policy("limit", name, byDefault);
    if (known !== undefined) return known;
    const limiter = new Limiter(name, clock);
    handle.onSwap = (spec) => limiter.update(spec);
    handle.count = () => ({ passed: limiter.passed, refused: limiter.refused });
    limiter.update(handle.spec);
    this.#limiters.set(name, limiter);
    return limiter;
  }

  #budget(callee: string): RetryBudget {
    const known = this.#budgets.get(callee);
    if (known !== undefined) return known;
    const made = new RetryBudget();
    this.#budgets.set(callee, made);
    return made;
  }

  /** The code's own spec, whole; undefined where it gave none. What is invalid is said and left out. */
  #completed<K extends Kind>(
    kind: K,
    name: string,
    usual: SpecOf<K>,
    given: Partial<SpecOf<K>> | undefined,
  ): SpecOf<K> | undefined {
    if (given === undefined) return undefined;
    const parsed = schemas[kind].safeParse({ ...usual, ...given });
    if (parsed.success) return parsed.data as SpecOf<K>;
    const fault = describeIssues(parsed.error);
    this.#options.logger.error({ kind, name, fault }, "a policy's defaults are invalid: they are left out");
    return undefined;
  }
}

const timeoutOf = ({ timeout }: PolicyDefaults): Partial<TimeoutSpec> | undefined =>
  typeof timeout === "number" ? { timeoutMs: timeout } : timeout;

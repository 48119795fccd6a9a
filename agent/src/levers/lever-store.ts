import type { Breaker, BreakerClocks } from "../breaker/index.ts";
import type { ActedKind, Effective, LeverChange, Refuse } from "../live-state/index.ts";
import type { Logger } from "../logger.ts";
import {
  type BreakerSpec,
  DEFAULT_BREAKER,
  describeIssues,
  type Read,
  resourceName,
  specSchemas,
  strict,
} from "../protocol/index.ts";
import type { Surroundings } from "../rules/index.ts";
import { BreakerHandle } from "./breaker-handle.ts";
import { ConfigHandle, type ConfigOptions, type ConfigSchema } from "./config-handle.ts";
import { FlagHandle } from "./flag-handle.ts";
import { type LeverHandle, type Outcomes, totalOf } from "./lever-handle.ts";
import { type PolicyKind, type PolicySpecs, SpecHandle } from "./spec-handle.ts";
import { SwitchHandle, type SwitchOptions } from "./switch-handle.ts";

export interface LeverStoreOptions {
  readonly instance: string;
  readonly logger: Logger;
  /** What breakers go by. */
  readonly clocks: BreakerClocks;
  /** What is in force for a lever when the code declares it. */
  readonly find: (kind: ActedKind, name: string) => Effective | undefined;
  /** Called after each new declaration. */
  readonly onDeclare: () => void;
  /** What feature flags stand on beside the context; left out, none is met that requires another. */
  readonly around?: () => Surroundings;
}

/** A declared lever with all handles of its name, and what it had decided when it was last touched. */
interface Declared {
  readonly kind: ActedKind;
  readonly name: string;
  readonly handles: LeverHandle[];
  base: number;
}

const MOST_READS = 1_000;
const alone = (): Surroundings => ({ nowMs: Date.now, random: Math.random, flag: () => undefined });
const breakerSchema = specSchemas(strict).breaker;

/**
 * The levers that the code declared. A revision's changes are worked out first, then swapped in one after the other
 * without a pause, then told: nobody reads a part of a revision.
 */
export class LeverStore {
  readonly #options: LeverStoreOptions;
  readonly #declared = new Map<string, Declared>();

  constructor(options: LeverStoreOptions) {
    this.#options = options;
  }

  /** What `LiveState` asks before it puts a body in force. */
  readonly refuse: Refuse = (lever, name) => {
    for (const handle of this.#declared.get(`${lever.kind}/${name}`)?.handles ?? []) {
      const refusal = handle.refuse(lever);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };

  /** Declares a switch; the same handle for the same name. */
  switch(name: string, options: SwitchOptions): SwitchHandle {
    const known = this.#handlesOf("switch", name).find((handle) => handle instanceof SwitchHandle);
    return known ?? this.#declare(new SwitchHandle(name, this.#options.instance, options));
  }

  /** Declares a config; the same handle for the same name and schema. */
  config<T>(name: string, schema: ConfigSchema<T>, options: ConfigOptions<T>): ConfigHandle<T> {
    const known = this.#handlesOf("config", name).find(
      (handle): handle is ConfigHandle<T> => handle instanceof ConfigHandle && handle.schema === schema,
    );
    const { instance, around = alone } = this.#options;
    return known ?? this.#declare(new ConfigHandle({ name, instance, schema, around }, options));
  }

  /** Declares that a lever is read as a flag. Undefined for more than are told of, and for what can't be a name. */
  flag(kind: "switch" | "config", name: string): FlagHandle | undefined {
    const known = this.#handlesOf(kind, name).find((handle) => handle instanceof FlagHandle);
    if (known !== undefined) return known;
    if (this.#declared.size >= MOST_READS || !resourceName.safeParse(name).success) return undefined;
    return this.#declare(new FlagHandle(kind, name));
  }

  /** Declares a breaker; the same breaker for the same name. */
  breaker(name: string, defaults: Partial<BreakerSpec>): Breaker {
    const known = this.#handlesOf("breaker", name).find((handle) => handle instanceof BreakerHandle);
    if (known !== undefined) return known.breaker;
    const { instance, clocks } = this.#options;
    return this.#declare(new BreakerHandle(name, instance, this.#breakerDefaults(name, defaults), clocks))
      .breaker;
  }

  /** Declares a policy's lever; the same handle for the same kind and name. */
  policy<K extends PolicyKind>(kind: K, name: string, byDefault: PolicySpecs[K] | undefined): SpecHandle<K> {
    const known = this.#handlesOf(kind, name).find(
      (handle): handle is SpecHandle<K> => handle instanceof SpecHandle && handle.kind === kind,
    );
    if (known === undefined)
      return this.#declare(new SpecHandle(kind, name, this.#options.instance, byDefault));
    known.offerDefault(byDefault);
    return known;
  }

  /** A declared switch, or undefined. */
  knownSwitch(name: string): SwitchHandle | undefined {
    return this.#handlesOf("switch", name).find((handle) => handle instanceof SwitchHandle);
  }

  /** A declared breaker, or undefined. */
  knownBreaker(name: string): Breaker | undefined {
    return this.#handlesOf("breaker", name).find((handle) => handle instanceof BreakerHandle)?.breaker;
  }

  /** Swaps in all changes of a revision at once. */
  swap(changes: readonly LeverChange[]): void {
    const swaps: (() => void)[] = [];
    const touched: Declared[] = [];
    for (const { kind, name, now } of changes) {
      const declared = this.#declared.get(`${kind}/${name}`);
      if (declared === undefined) continue;
      for (const handle of declared.handles) swaps.push(this.#prepare(handle, now));
      touched.push(declared);
    }
    for (const swap of swaps) swap();
    for (const declared of touched) declared.base = decisionsOf(declared);
    for (const { handles } of touched) for (const handle of handles) handle.notify();
  }

  /** What the receipt says of them: decisions since the newest revision that touched each. */
  reads(): Read[] {
    return [...this.#declared.values()].slice(0, MOST_READS).map((declared) => ({
      kind: declared.kind,
      name: declared.name,
      decisions: decisionsOf(declared) - declared.base,
    }));
  }

  /** Every declared lever with its decisions since the start, for metrics. */
  *outcomes(): Iterable<{ kind: ActedKind; name: string; outcomes: Outcomes }> {
    for (const { kind, name, handles } of this.#declared.values()) {
      for (const handle of handles) yield { kind, name, outcomes: handle.outcomes() };
    }
  }

  *breakers(): Iterable<Breaker> {
    for (const { handles } of this.#declared.values()) {
      for (const handle of handles) if (handle instanceof BreakerHandle) yield handle.breaker;
    }
  }

  #handlesOf(kind: ActedKind, name: string): readonly LeverHandle[] {
    return this.#declared.get(`${kind}/${name}`)?.handles ?? [];
  }

  #declare<Handle extends LeverHandle>(handle: Handle): Handle {
    const { kind, name } = handle;
    const named = resourceName.safeParse(name);
    if (!named.success) {
      const fault = describeIssues(named.error);
      this.#options.logger.error(
        { kind, name, fault },
        "a lever with such a name can't be pulled: the default stays",
      );
      return handle;
    }
    const key = `${kind}/${name}`;
    const declared = this.#declared.get(key) ?? { kind, name, handles: [], base: 0 };
    declared.handles.push(handle);
    this.#declared.set(key, declared);
    this.#prepare(handle, this.#options.find(kind, name))();
    this.#options.onDeclare();
    return handle;
  }

  /** A body that is in force was checked; should it fail here all the same, what served goes on serving. */
  #prepare(handle: LeverHandle, now: Effective | undefined): () => void {
    try {
      return handle.prepare(now);
    } catch (error) {
      const { kind, name } = handle;
      this.#options.logger.error(
        { err: error, kind, name },
        "a lever could not be compiled: the last one stays",
      );
      return () => undefined;
    }
  }

  #breakerDefaults(name: string, defaults: Partial<BreakerSpec>): BreakerSpec {
    const spec = breakerSchema.safeParse({ ...DEFAULT_BREAKER, ...defaults });
    if (spec.success) return spec.data;
    const fault = describeIssues(spec.error);
    this.#options.logger.error({ name, fault }, "a breaker's defaults are invalid: Leverframe's stand in");
    return DEFAULT_BREAKER;
  }
}

const decisionsOf = ({ handles }: Declared): number =>
  handles.reduce((sum, handle) => sum + totalOf(handle.outcomes()), 0);

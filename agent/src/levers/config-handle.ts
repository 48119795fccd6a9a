import type { ActedResource, Effective } from "../live-state/index.ts";
import type { ConfigSpec, Resource } from "../protocol/index.ts";
import {
  type CompiledFlag,
  type Context,
  compileFlag,
  compileMembership,
  type FlagDecision,
  type Membership,
  NO_VARIANT,
  parseConfigValue,
  parseFlag,
  type Surroundings,
  type Variant,
} from "../rules/index.ts";
import { type LeverHandle, Listeners, type Outcomes } from "./lever-handle.ts";

/** The code's own check of a config; every zod type is one. */
export interface ConfigSchema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { path: readonly PropertyKey[]; message: string }[] };
      };
}

export interface ConfigOptions<T> {
  /** The value without a resource, and where no body was ever taken. */
  readonly default: T;
}

/** The variant of a feature flag, as Unleash's clients give it. */
export interface FlagVariantAnswer extends Pick<Variant, "name" | "payload"> {
  /** Whether there is one. */
  readonly enabled: boolean;
  readonly featureEnabled: boolean;
}

/** One spec as the code reads it: `value` where the flag is on, or where there is no flag. */
interface Served<T> {
  readonly value: T;
  readonly flag?: { readonly compiled: CompiledFlag; readonly off: T };
}

/** A resource as the code reads it. */
interface Read<T> {
  readonly stable: Served<T>;
  readonly candidate?: { readonly served: Served<T>; readonly isMember: Membership };
}
type Reading<T> = { readonly value: Read<T> } | { readonly refusal: string };

export interface ConfigHandleOf<T> {
  readonly name: string;
  readonly instance: string;
  readonly schema: ConfigSchema<T>;
  /** What feature flags stand on beside the context. */
  readonly around: () => Surroundings;
}

/** Outcomes by place in the counters. */
const DEFAULT = 0;
const STABLE = 1;
const CANDIDATE = 2;

/**
 * A declared config. Its text is read and checked once a revision; `get` gives the same object each time, which
 * belongs to everybody who asks: don't change it.
 */
export class ConfigHandle<T> implements LeverHandle {
  readonly kind = "config";
  readonly name: string;
  readonly schema: ConfigSchema<T>;
  readonly #instance: string;
  readonly #around: () => Surroundings;
  readonly #default: T;
  readonly #readings = new WeakMap<Resource<"config">, Reading<T>>();
  readonly #listeners = new Listeners<T>();
  readonly #counts = new Float64Array(3);
  #read: Read<T> | undefined;

  constructor(of: ConfigHandleOf<T>, options: ConfigOptions<T>) {
    this.name = of.name;
    this.schema = of.schema;
    this.#instance = of.instance;
    this.#around = of.around;
    this.#default = options.default;
  }

  /** The value for a context. Never throws. */
  get(context?: Context): T {
    const read = this.#read;
    if (read === undefined) return this.#count(DEFAULT, this.#default);
    const { candidate } = read;
    return candidate?.isMember(context) === true
      ? this.#count(CANDIDATE, this.#valueOf(candidate.served, context))
      : this.#count(STABLE, this.#valueOf(read.stable, context));
  }

  /** The variant of a feature flag; the one named `disabled` where there is none. Never throws. */
  variant(context?: Context): FlagVariantAnswer {
    const read = this.#read;
    const member = read?.candidate?.isMember(context) === true;
    this.#count(read === undefined ? DEFAULT : member ? CANDIDATE : STABLE, undefined);
    const decision = this.#decide((member ? read?.candidate?.served : read?.stable)?.flag, context);
    const variant = decision?.variant;
    return {
      name: variant?.name ?? NO_VARIANT,
      payload: variant?.payload,
      enabled: variant !== undefined,
      featureEnabled: decision?.enabled === true,
    };
  }

  /** Tells the value without a context whenever the resource is another. Returns what ends it. */
  onChange(listener: (value: T) => void): () => void {
    return this.#listeners.add(listener);
  }

  refuse(lever: ActedResource): string | undefined {
    if (lever.kind !== "config") return undefined;
    const reading = this.#readingOf(lever.resource);
    return "refusal" in reading ? reading.refusal : undefined;
  }

  prepare(now: Effective | undefined): () => void {
    const reading = now?.lever.kind === "config" ? this.#readingOf(now.lever.resource) : undefined;
    // A refused body comes here only from a snapshot that nobody judged yet: the default stands in.
    const read = reading !== undefined && "value" in reading ? reading.value : undefined;
    return () => {
      this.#read = read;
    };
  }

  notify(): void {
    const read = this.#read;
    if (read === undefined) this.#listeners.tell(this.#default);
    else {
      const { candidate } = read;
      const served = candidate?.isMember(undefined) === true ? candidate.served : read.stable;
      this.#listeners.tell(this.#valueOf(served, undefined));
    }
  }

  outcomes(): Outcomes {
    const [byDefault = 0, stable = 0, candidate = 0] = this.#counts;
    return { default: byDefault, stable, candidate };
  }

  #valueOf({ value, flag }: Served<T>, context: Context | undefined): T {
    if (flag === undefined) return value;
    return this.#decide(flag, context)?.enabled === true ? value : flag.off;
  }

  #decide(flag: Served<T>["flag"], context: Context | undefined): FlagDecision | undefined {
    return flag?.compiled.decide(context, this.#around());
  }

  #count<Value>(outcome: number, value: Value): Value {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    return value;
  }

  #readingOf(resource: Resource<"config">): Reading<T> {
    const known = this.#readings.get(resource);
    if (known !== undefined) return known;
    const reading = this.#readResource(resource);
    this.#readings.set(resource, reading);
    return reading;
  }

  #readResource({ spec, rollout }: Resource<"config">): Reading<T> {
    const stable = this.#readSpec(spec, "spec.value");
    if ("refusal" in stable) return stable;
    if (rollout === undefined) return { value: { stable } };
    const candidate = this.#readSpec(rollout.candidate, "rollout.candidate.value");
    if ("refusal" in candidate) return candidate;
    const isMember = compileMembership(rollout, this.#instance);
    return { value: { stable, candidate: { served: candidate, isMember } } };
  }

  #readSpec(spec: ConfigSpec, path: string): Served<T> | { readonly refusal: string } {
    // A refusal goes into receipts: it must not quote a secret.
    const why = (text: string): string =>
      spec.secret === undefined ? text : "it is secret, so no more is said";
    const checked = (given: unknown): { value: T } | { refusal: string } => {
      const parsed = this.schema.safeParse(given);
      return parsed.success
        ? { value: parsed.data }
        : { refusal: `the code refuses ${path}: ${why(describe(parsed.error.issues))}` };
    };
    try {
      if (spec.format !== "flag") return checked(parseConfigValue(spec.format, spec.value ?? ""));
      const compiled = compileFlag(this.name, parseFlag(spec.value ?? ""));
      const [on, off] = [checked(compiled.on), checked(compiled.off)];
      if ("refusal" in on || "refusal" in off) return "refusal" in on ? on : off;
      return { value: on.value, flag: { compiled, off: off.value } };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { refusal: `the code refuses ${path}: ${why(message)}` };
    }
  }
}

const describe = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): string =>
  issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`))
    .join("; ");

import type { ActedResource, Effective } from "../live-state/index.ts";
import type { ConfigSpec, Resource } from "../protocol/index.ts";
import { type Context, compileMembership, type Membership, parseConfigValue } from "../rules/index.ts";
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

/** A resource as the code reads it. */
interface Read<T> {
  readonly stable: T;
  readonly candidate?: { readonly value: T; readonly isMember: Membership };
}
type Reading<T> = { readonly value: Read<T> } | { readonly refusal: string };

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
  readonly #default: T;
  readonly #readings = new WeakMap<Resource<"config">, Reading<T>>();
  readonly #listeners = new Listeners<T>();
  readonly #counts = new Float64Array(3);
  #read: Read<T> | undefined;

  constructor(name: string, instance: string, schema: ConfigSchema<T>, options: ConfigOptions<T>) {
    this.name = name;
    this.schema = schema;
    this.#instance = instance;
    this.#default = options.default;
  }

  /** The value for a context. Never throws. */
  get(context?: Context): T {
    const read = this.#read;
    if (read === undefined) return this.#count(DEFAULT, this.#default);
    const { candidate } = read;
    return candidate?.isMember(context) === true
      ? this.#count(CANDIDATE, candidate.value)
      : this.#count(STABLE, read.stable);
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
      this.#listeners.tell(candidate?.isMember(undefined) === true ? candidate.value : read.stable);
    }
  }

  outcomes(): Outcomes {
    const [byDefault = 0, stable = 0, candidate = 0] = this.#counts;
    return { default: byDefault, stable, candidate };
  }

  #count(outcome: number, value: T): T {
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
    if ("refusal" in stable || rollout === undefined) {
      return "refusal" in stable ? stable : { value: { stable: stable.value } };
    }
    const candidate = this.#readSpec(rollout.candidate, "rollout.candidate.value");
    if ("refusal" in candidate) return candidate;
    const isMember = compileMembership(rollout, this.#instance);
    return { value: { stable: stable.value, candidate: { value: candidate.value, isMember } } };
  }

  #readSpec(spec: ConfigSpec, path: string): { readonly value: T } | { readonly refusal: string } {
    // A refusal goes into receipts: it must not quote a secret.
    const why = (text: string): string =>
      spec.secret === undefined ? text : "it is secret, so no more is said";
    try {
      const parsed = this.schema.safeParse(parseConfigValue(spec.format, spec.value ?? ""));
      return parsed.success
        ? { value: parsed.data }
        : { refusal: `the code refuses ${path}: ${why(describe(parsed.error.issues))}` };
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

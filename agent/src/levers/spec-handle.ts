import type { ActedKind, Effective } from "../live-state/index.ts";
import type { LimitSpec, RetrySpec, SpecOf, TimeoutSpec } from "../protocol/index.ts";
import { specFor } from "../rules/index.ts";
import type { LeverHandle, Outcomes } from "./lever-handle.ts";

/** The kinds whose spec is all that code asks of them. */
export interface PolicySpecs {
  readonly retry: RetrySpec;
  readonly timeout: TimeoutSpec;
  readonly limit: LimitSpec;
  readonly sampling: SpecOf<"sampling">;
}
export type PolicyKind = keyof PolicySpecs & ActedKind;

/** A declared policy: the spec that holds for this instance, the code's own where no lever says otherwise, or none. */
export class SpecHandle<K extends PolicyKind> implements LeverHandle {
  readonly kind: K;
  readonly name: string;
  readonly #instance: string;
  #default: PolicySpecs[K] | undefined;
  #live: PolicySpecs[K] | undefined;
  /** Told each other spec before anybody else hears of the revision. */
  onSwap: (spec: PolicySpecs[K] | undefined) => void = () => undefined;
  /** What was decided by it, since the start. */
  count: () => Outcomes = () => ({});

  constructor(kind: K, name: string, instance: string, byDefault: PolicySpecs[K] | undefined) {
    this.kind = kind;
    this.name = name;
    this.#instance = instance;
    this.#default = byDefault;
  }

  get spec(): PolicySpecs[K] | undefined {
    return this.#live ?? this.#default;
  }

  /** Takes the code's own spec where none was given before: whoever says it first is heard. */
  offerDefault(byDefault: PolicySpecs[K] | undefined): void {
    if (this.#default !== undefined || byDefault === undefined) return;
    this.#default = byDefault;
    this.onSwap(this.spec);
  }

  refuse(): undefined {
    return undefined;
  }

  prepare(now: Effective | undefined): () => void {
    const lever = now?.lever;
    const live =
      lever !== undefined && lever.kind === this.kind
        ? (specFor(lever.resource as Parameters<typeof specFor>[0], this.#instance) as PolicySpecs[K])
        : undefined;
    return () => {
      this.#live = live;
      this.onSwap(this.spec);
    };
  }

  /** What goes by it was told as it was swapped in. */
  notify(): void {}

  outcomes(): Outcomes {
    return this.count();
  }
}

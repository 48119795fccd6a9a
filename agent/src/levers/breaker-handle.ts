import { Breaker, type BreakerClocks } from "../breaker/index.ts";
import type { Effective } from "../live-state/index.ts";
import type { BreakerSpec } from "../protocol/index.ts";
import { specFor } from "../rules/index.ts";
import type { LeverHandle, Outcomes } from "./lever-handle.ts";

/** A declared breaker: the breaker itself on the spec that holds for this instance. */
export class BreakerHandle implements LeverHandle {
  readonly kind = "breaker";
  readonly name: string;
  readonly breaker: Breaker;
  readonly #instance: string;
  readonly #default: BreakerSpec;
  #tell: () => void = () => undefined;

  constructor(name: string, instance: string, spec: BreakerSpec, clocks: BreakerClocks) {
    this.name = name;
    this.#instance = instance;
    this.#default = spec;
    this.breaker = new Breaker(name, spec, clocks);
  }

  refuse(): undefined {
    return undefined;
  }

  prepare(now: Effective | undefined): () => void {
    const spec = now?.lever.kind === "breaker" ? specFor(now.lever.resource, this.#instance) : this.#default;
    return () => {
      this.#tell = this.breaker.replaceSpec(spec);
    };
  }

  /** A breaker's own transitions are what it tells. */
  notify(): void {
    this.#tell();
  }

  outcomes(): Outcomes {
    const { permitted, refused } = this.breaker.totals;
    return { permitted, refused };
  }
}

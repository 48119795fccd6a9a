import type { LeverHandle, Outcomes } from "./lever-handle.ts";

/** That somebody reads a lever as a flag, and how often: what a receipt tells of it. Decides nothing itself. */
export class FlagHandle implements LeverHandle {
  readonly kind: "switch" | "config";
  readonly name: string;
  #asked = 0;

  constructor(kind: "switch" | "config", name: string) {
    this.kind = kind;
    this.name = name;
  }

  count(): void {
    this.#asked += 1;
  }

  refuse(): undefined {
    return undefined;
  }

  prepare(): () => void {
    return () => undefined;
  }

  /** Who evaluates flags hears of `applied`. */
  notify(): void {
    // Nothing is kept here.
  }

  outcomes(): Outcomes {
    return { evaluated: this.#asked };
  }
}

import type { Context } from "../rules/index.ts";
import { PacedRate, type RateShape, type Turn } from "./paced-rate.ts";

/** A limit of its own for every value of a context key. */
export interface HotShape {
  readonly key: string;
  readonly permitsPerSecond: number;
  /** Value → its own permits a second; 0 lets none through. */
  readonly overrides: Readonly<Record<string, number>>;
}

/** A value's turn, which can be given back. */
export interface HotTurn {
  readonly waitMs: number;
  refund(nowMs: number): void;
}

/** Values that are remembered at once; the one not seen for longest is forgotten, and begins anew. */
export const MOST_HOT_VALUES = 4_096;

/**
 * Limits by the value of one context key: a buyer, a tenant, a product. A context without the key is not limited. Bounded:
 * at most 4,096 values are remembered (least recently used first out). Source: Sentinel's hot parameter rules.
 */
export class HotValues {
  readonly key: string;
  readonly #rates = new Map<string, PacedRate>();
  #shape: HotShape;

  constructor(shape: HotShape) {
    this.key = shape.key;
    this.#shape = shape;
  }

  get size(): number {
    return this.#rates.size;
  }

  update(shape: HotShape, nowMs: number): void {
    this.#shape = shape;
    for (const [value, rate] of this.#rates) {
      const own = this.#rateShape(value);
      if (own === undefined) this.#rates.delete(value);
      else rate.update(own, nowMs);
    }
  }

  /** A turn within `mostMs`, or as a number how long it would have taken (Infinity: never); undefined without the key. */
  take(context: Context | undefined, nowMs: number, mostMs: number): HotTurn | number | undefined {
    const found = context?.[this.key];
    if (found === undefined) return undefined;
    const value = String(found);
    const shape = this.#rateShape(value);
    if (shape === undefined) return Number.POSITIVE_INFINITY;
    const rate = this.#rates.get(value) ?? new PacedRate(shape, nowMs);
    this.#rates.delete(value);
    this.#rates.set(value, rate);
    if (this.#rates.size > MOST_HOT_VALUES) {
      for (const oldest of this.#rates.keys()) {
        this.#rates.delete(oldest);
        break;
      }
    }
    const turn: Turn | number = rate.take(nowMs, mostMs);
    if (typeof turn === "number") return turn;
    return { waitMs: turn.waitMs, refund: (laterMs) => rate.refund(turn, laterMs) };
  }

  #rateShape(value: string): RateShape | undefined {
    const { overrides, permitsPerSecond: usual } = this.#shape;
    const permitsPerSecond = Object.hasOwn(overrides, value) ? (overrides[value] ?? usual) : usual;
    return permitsPerSecond === 0
      ? undefined
      : { permitsPerSecond, burst: permitsPerSecond, warmUpSeconds: 0 };
  }
}

import { EventEmitter } from "node:events";
import { GOODS } from "./goods.ts";

const FULL = 400;
/** Kept so that a reservation that is asked for twice is made once. */
const MOST_KEYS = 5_000;

/** What one instance of inventory has on its shelves. Delivered anew when it is nearly sold. */
export class Stockroom {
  readonly #left = new Map(GOODS.map(({ id }) => [id, FULL]));
  readonly #made = new Map<string, number>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  get stock(): ReadonlyMap<string, number> {
    return this.#left;
  }

  /** Takes some from the shelf; once for each key. Gives what is left, or undefined for what is not sold here. */
  reserve(product: string, quantity: number, key: string | undefined): number | undefined {
    const known = key === undefined ? undefined : this.#made.get(key);
    const left = this.#left.get(product);
    if (known !== undefined || left === undefined) return known;
    const rest = left - quantity < FULL / 10 ? FULL : left - quantity;
    this.#left.set(product, rest);
    if (key !== undefined) this.#remember(key, rest);
    this.#changes.emit("change", product, rest);
    return rest;
  }

  /** Tells of each change; returns what ends it. */
  onChange(listener: (product: string, left: number) => void): () => void {
    this.#changes.on("change", listener);
    return () => this.#changes.off("change", listener);
  }

  #remember(key: string, left: number): void {
    this.#made.set(key, left);
    if (this.#made.size <= MOST_KEYS) return;
    const [oldest] = this.#made.keys();
    if (oldest !== undefined) this.#made.delete(oldest);
  }
}

import { credentials, type Interceptor } from "@grpc/grpc-js";
import type { Agent } from "@leverframe/agent";
import { callUnary, channelOptions, clientInterceptor, resolveBy, rpcMetrics } from "@leverframe/agent/grpc";
import { type InventoryClient, inventoryClient, type Reservation, type Stock } from "./inventory-rpc.ts";
import { tokensOf } from "./tokens.ts";

/** What order knows of inventory's shelves, and how the feed fared. */
export interface StockView {
  readonly left: Readonly<Record<string, number>>;
  /** The instance whose feed is followed. */
  readonly from: string | undefined;
  readonly updates: number;
  /** Feeds that ended in order, since their instance was drained or stopped. */
  readonly moves: number;
  /** Feeds that broke. */
  readonly breaks: number;
}

const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/** Order's side of inventory: reserves under the policies `inventory`, and follows a feed of the stock. */
export class StockClient {
  readonly #agent: Agent;
  readonly #client: InventoryClient;
  readonly #left: Record<string, number> = {};
  #from: string | undefined;
  #updates = 0;
  #moves = 0;
  #breaks = 0;
  #waitMs = SHORTEST_WAIT_MS;

  /** `key`: the private key that signs tokens, as a JWK. */
  constructor(agent: Agent, key: string) {
    this.#agent = agent;
    resolveBy(agent);
    const interceptors: Interceptor[] = [
      clientInterceptor({
        metrics: rpcMetrics(agent.metrics),
        token: tokensOf(key),
        callee: { agent, service: "inventory" },
      }),
    ];
    const options = { ...channelOptions(), interceptors };
    this.#client = inventoryClient("leverframe:///inventory", credentials.createInsecure(), options);
    this.#again(0);
  }

  get view(): StockView {
    return {
      left: { ...this.#left },
      from: this.#from,
      updates: this.#updates,
      moves: this.#moves,
      breaks: this.#breaks,
    };
  }

  /** Takes one from the shelves. Rejects as `agent.call` does. */
  reserve(product: string): Promise<Reservation> {
    return this.#agent.call(
      "inventory",
      ({ signal }) => callUnary(this.#client.reserve, { product, quantity: 1 }, { signal }),
      { idempotencyKey: true, timeout: { timeoutMs: 1_000 } },
    );
  }

  #again(delayMs: number): void {
    setTimeout(() => this.#follow(), delayMs).unref();
  }

  #follow(): void {
    const feed = this.#client.watchStock({});
    let over = false;
    feed.on("data", ({ product, left, instance }: Stock) => {
      this.#left[product] = left;
      this.#from = instance;
      this.#updates += 1;
      this.#waitMs = SHORTEST_WAIT_MS;
    });
    feed.on("error", () => {
      if (over) return;
      over = true;
      this.#breaks += 1;
      this.#from = undefined;
      this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
      this.#again(this.#waitMs);
    });
    feed.on("end", () => {
      if (over) return;
      over = true;
      this.#moves += 1;
      this.#again(SHORTEST_WAIT_MS);
    });
  }
}

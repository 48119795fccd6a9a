import type { Acquired, AcquireOptions, CallEnd } from "./acquired.ts";
import { type Balancing, USUAL_BALANCING } from "./balancing.ts";
import { moreRoom } from "./cpu-aware.ts";
import { Endpoint } from "./endpoint.ts";
import { inShares, localShare } from "./locality.ts";
import { Outliers } from "./outliers.ts";
import { lowerCost, PeakEwma } from "./peak-ewma.ts";
import type { Bits } from "./random.ts";
import type { ServiceInstance } from "./service-instance.ts";
import { nextStepMs, slowStartPercent } from "./slow-start.ts";
import { byWeight, type Choose, inTurn } from "./turns.ts";
import { fewerInFlight, twoChoices } from "./two-choices.ts";

export interface PoolOptions {
  /** The caller's zone. */
  readonly zone: string;
  readonly bits: Bits;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Somebody was ejected: `dueMs` is another now. */
  readonly onEjection?: () => void;
}

/** Since when an instance takes calls, on the caller's monotonic clock. */
export type SinceMs = (instance: ServiceInstance, nowMs: number) => number;

/**
 * Whom the next call goes to. Those that take calls share them as the balancing says; where there is none of them: the
 * drained, who can answer, in turn; then the suspect, who perhaps can. The isolated are never called. What was learned of
 * an instance outlives changes of the set and of the balancing. Without timers: whoever owns it calls `look` when `dueMs` is
 * reached; choosing itself reads no clock and allocates nothing.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #known = new Map<string, Endpoint>();
  readonly #outliers = new Outliers();
  readonly #latency: PeakEwma;
  #balancing: Balancing = USUAL_BALANCING;
  #takers: readonly Endpoint[] = [];
  #ejected: readonly Endpoint[] = [];
  #choose: Choose = inTurn([]);
  #dueMs = Number.POSITIVE_INFINITY;
  /** When a call last began or ended. */
  #seenMs: number;
  readonly #finish = (call: Call, end: CallEnd): void => this.#end(call, end);

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#seenMs = options.now();
    this.#latency = new PeakEwma(this.#seenMs);
  }

  /** When the choice changes by itself: an ejection ends, a weight rises. */
  get dueMs(): number {
    return this.#dueMs;
  }
  get balancing(): Balancing {
    return this.#balancing;
  }
  /** Instances that get no calls for a while, since they failed. */
  get ejected(): readonly ServiceInstance[] {
    return this.#ejected.map(({ instance }) => instance);
  }

  /** The instances as they stand now. */
  take(instances: readonly ServiceInstance[], sinceMs: SinceMs): void {
    const nowMs = this.#options.now();
    const gone = new Set(this.#known.keys());
    for (const instance of instances) {
      const key = `${instance.instance} ${instance.incarnation}`;
      const known = this.#known.get(key);
      if (known === undefined) this.#known.set(key, new Endpoint(instance, sinceMs(instance, nowMs)));
      else known.instance = instance;
      gone.delete(key);
    }
    for (const key of gone) this.#known.delete(key);
    this.#arrange(nowMs);
  }

  /** Balances like this from now on. */
  obey(balancing: Balancing): void {
    this.#balancing = balancing;
    this.#outliers.obey(balancing.outlier);
    this.#arrange(this.#options.now());
  }

  /** Takes in what the time alone has changed. */
  look(nowMs: number): void {
    if (nowMs >= this.#dueMs) this.#arrange(nowMs);
  }

  /** Who is next; undefined when there is nobody with an address who takes calls. */
  pick(): ServiceInstance | undefined {
    return this.#choose()?.instance;
  }

  /** Who is next among those that were not tried, with a call to it begun. */
  acquire({ except }: AcquireOptions = {}): Acquired | undefined {
    const nowMs = this.#options.now();
    this.look(nowMs);
    this.#seenMs = nowMs;
    const endpoint = except === undefined || except.size === 0 ? this.#choose() : this.#chooseBut(except);
    if (endpoint === undefined) return undefined;
    endpoint.inFlight++;
    return new Call(endpoint, nowMs, this.#finish);
  }

  /** The balancer's choice where it falls on another one soon, else the first other one that may be called. */
  #chooseBut(except: ReadonlySet<string>): Endpoint | undefined {
    for (let tries = 2 * this.#known.size; tries > 0; tries--) {
      const endpoint = this.#choose();
      if (endpoint === undefined || !except.has(endpoint.instance.instance)) return endpoint;
    }
    const others = [...this.#known.values()].filter(({ instance }) => !except.has(instance.instance));
    return this.#chooserOf(ranksOf(others))();
  }

  #end({ endpoint, beganMs }: Call, { failed = false, load, timed = true }: CallEnd): void {
    const nowMs = this.#options.now();
    this.#seenMs = nowMs;
    endpoint.inFlight--;
    if (timed)
      this.#latency.observe(endpoint, this.#known.values(), { tookMs: nowMs - beganMs, failed }, nowMs);
    const cpu = load?.cpuUtilization;
    if (cpu !== undefined && cpu >= 0 && Number.isFinite(cpu)) {
      endpoint.cpu = cpu;
      endpoint.cpuAtMs = nowMs;
    }
    if (!this.#outliers.note(endpoint, failed, this.#takers, nowMs)) return;
    this.#arrange(nowMs);
    this.#options.onEjection?.();
  }

  #arrange(nowMs: number): void {
    const { slowStartMs } = this.#balancing;
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const endpoint of this.#known.values()) {
      const ageMs = nowMs - endpoint.sinceMs;
      endpoint.share = endpoint.instance.weight * slowStartPercent(ageMs, slowStartMs);
      this.#dueMs = Math.min(this.#dueMs, nowMs + nextStepMs(ageMs, slowStartMs));
    }
    const ranks = ranksOf([...this.#known.values()]);
    this.#takers = ranks.takers;
    this.#ejected = this.#outliers.review(ranks.takers, nowMs);
    for (const { ejectedUntilMs } of this.#ejected) this.#dueMs = Math.min(this.#dueMs, ejectedUntilMs);
    this.#choose = this.#chooserOf(ranks);
  }

  #chooserOf({ callable, standing, takers }: Ranks): Choose {
    const open = takers.filter((endpoint) => !this.#ejected.includes(endpoint));
    if (open.length > 0) return this.#spread(open, callable);
    if (takers.length > 0) return inTurn(takers);
    return inTurn(standing.length > 0 ? standing : callable);
  }

  #spread(open: readonly Endpoint[], callable: readonly Endpoint[]): Choose {
    const { zoneFirst, localityMinHealthyPercent } = this.#balancing;
    if (!zoneFirst) return this.#over(open);
    const { zone } = this.#options;
    const share = localShare(zone, callable, open, localityMinHealthyPercent);
    const local = open.filter(({ instance }) => instance.zone === zone);
    const others = open.filter(({ instance }) => instance.zone !== zone);
    return inShares(share, this.#over(local), this.#over(others));
  }

  #over(endpoints: readonly Endpoint[]): Choose {
    const { bits } = this.#options;
    switch (this.#balancing.balancer) {
      case "ROUND_ROBIN":
      case "WEIGHTED":
        return byWeight(endpoints);
      case "P2C":
        return twoChoices(endpoints, bits, fewerInFlight);
      case "LATENCY_EWMA":
        return twoChoices(endpoints, bits, lowerCost);
      case "CPU_AWARE":
        return twoChoices(
          endpoints,
          bits,
          moreRoom(() => this.#seenMs),
        );
    }
  }
}

/** Each a part of the one before. */
interface Ranks {
  /** May be called at all. */
  readonly callable: readonly Endpoint[];
  /** Are there, as far as is known. */
  readonly standing: readonly Endpoint[];
  /** Ask for calls. */
  readonly takers: readonly Endpoint[];
}

function ranksOf(endpoints: readonly Endpoint[]): Ranks {
  const callable = endpoints.filter(({ instance }) => instance.address !== undefined && !instance.isolated);
  const standing = callable.filter(({ instance }) => instance.state !== "suspect");
  const takers = standing.filter(({ instance }) => !instance.drained && instance.weight > 0);
  return { callable, standing, takers };
}

/** One call under way. */
class Call implements Acquired {
  readonly instance: ServiceInstance;
  readonly endpoint: Endpoint;
  readonly beganMs: number;
  #end: ((call: Call, end: CallEnd) => void) | undefined;

  constructor(endpoint: Endpoint, beganMs: number, end: (call: Call, end: CallEnd) => void) {
    this.instance = endpoint.instance;
    this.endpoint = endpoint;
    this.beganMs = beganMs;
    this.#end = end;
  }

  done(end: CallEnd = {}): void {
    const tell = this.#end;
    this.#end = undefined;
    tell?.(this, end);
  }
}

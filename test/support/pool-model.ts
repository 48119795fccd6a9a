import type { Acquired } from "../../agent/src/discovery/acquired.ts";
import { type Balancing, balancingFrom } from "../../agent/src/discovery/balancing.ts";
import { Pool } from "../../agent/src/discovery/pool.ts";
import { bitsFrom } from "../../agent/src/discovery/random.ts";
import type { ServiceInstance } from "../../agent/src/discovery/service-instance.ts";
import { slowStartPercent } from "../../agent/src/discovery/slow-start.ts";

const DECAY_MS = 10_000;

/** What the model knows of an instance: the rules written down once more, as plainly as they can be. */
export interface Known {
  instance: ServiceInstance;
  readonly sinceMs: number;
  calls: Acquired[];
  begunMs: number[];
  latencyMs: number;
  latencyAtMs: number;
  cpu: { readonly value: number; readonly atMs: number } | undefined;
  failed: number;
  outUntilMs: number;
  times: number;
}

/** A pool, and beside it what it should do. */
export class PoolModel {
  readonly time = { nowMs: 1_000 };
  readonly known = new Map<string, Known>();
  /** The bits that were drawn last. */
  drawn = 0;
  readonly pool: Pool;
  balancing: Balancing = balancingFrom({ balancer: "ROUND_ROBIN" });
  seenMs = 1_000;

  constructor(seed: number) {
    const bits = bitsFrom(seed);
    const recorded = (): number => {
      this.drawn = bits();
      return this.drawn;
    };
    this.pool = new Pool({ zone: "a", bits: recorded, now: () => this.time.nowMs });
  }

  get standing(): Known[] {
    return [...this.known.values()].filter(({ instance }) => !instance.isolated && instance.state === "live");
  }
  get takers(): Known[] {
    return this.standing.filter(({ instance }) => !instance.drained && instance.weight > 0);
  }
  get open(): Known[] {
    return this.takers.filter((each) => !this.isOut(each));
  }
  isOut({ outUntilMs }: Known): boolean {
    return this.balancing.outlier !== undefined && outUntilMs > this.time.nowMs;
  }
  share({ instance, sinceMs }: Known): number {
    return instance.weight * slowStartPercent(this.time.nowMs - sinceMs, this.balancing.slowStartMs);
  }
  /** As many as may be out at once; who returns first goes first where it is fewer. */
  bound(): void {
    const { outlier } = this.balancing;
    const { nowMs } = this.time;
    const takers = this.takers;
    const most = Math.max(
      0,
      Math.min(Math.floor((takers.length * (outlier?.maxEjectionPercent ?? 0)) / 100), takers.length - 1),
    );
    const out = takers
      .filter(({ outUntilMs }) => outUntilMs > nowMs)
      .sort((left, right) => right.outUntilMs - left.outUntilMs);
    for (const early of outlier === undefined ? out : out.slice(most)) {
      early.outUntilMs = nowMs;
      early.failed = 0;
    }
  }
  most(): number {
    const { length } = this.takers;
    return Math.min(
      Math.floor((length * (this.balancing.outlier?.maxEjectionPercent ?? 0)) / 100),
      length - 1,
    );
  }
  learn(known: Known, tookMs: number, failed: boolean, cpu: number | undefined): void {
    const { nowMs } = this.time;
    this.seenMs = nowMs;
    const decay = Math.exp(-(nowMs - known.latencyAtMs) / DECAY_MS);
    const was = known.latencyMs * decay;
    if (tookMs > was) [known.latencyMs, known.latencyAtMs] = [tookMs, nowMs];
    else if (!failed) [known.latencyMs, known.latencyAtMs] = [was + tookMs * (1 - decay), nowMs];
    if (cpu !== undefined) known.cpu = { value: cpu, atMs: nowMs };
    const { outlier } = this.balancing;
    if (outlier?.consecutiveFailures === undefined || known.outUntilMs > nowMs) return;
    known.failed = failed ? known.failed + 1 : 0;
    if (known.failed < outlier.consecutiveFailures || !this.takers.includes(known)) return;
    if (this.takers.filter((each) => each.outUntilMs > nowMs).length + 1 > this.most()) return;
    const good = Math.floor(Math.max(0, nowMs - known.outUntilMs) / outlier.intervalMs);
    known.times = Math.max(0, known.times - good) + 1;
    known.outUntilMs = nowMs + Math.min(outlier.baseEjectionTimeMs * known.times, 300_000);
    known.failed = 0;
  }
  /** Which of two that were drawn, in this order, should be called; both where it is too close to say. */
  chosen(left: Known, right: Known): readonly string[] {
    const [first, second] = this.costs(left, right);
    const same = Math.abs(first - second) <= 1e-9 * Math.max(Math.abs(first), Math.abs(second));
    if (same && this.balancing.balancer === "LATENCY_EWMA")
      return [left.instance.instance, right.instance.instance];
    return [(same || first < second ? left : right).instance.instance];
  }
  private costs(left: Known, right: Known): [number, number] {
    const both = [left, right] as const;
    const fresh = both.every(({ cpu }) => cpu !== undefined && cpu.atMs >= this.seenMs - 10_000);
    const cost = (each: Known): number => {
      const inFlight = each.calls.length;
      if (this.balancing.balancer === "CPU_AWARE" && fresh) {
        return (Math.max(each.cpu?.value ?? 0, 0.01) * (inFlight + 1)) / this.share(each);
      }
      if (this.balancing.balancer !== "LATENCY_EWMA") return inFlight / this.share(each);
      const latency = each.latencyMs * Math.exp(-(this.time.nowMs - each.latencyAtMs) / DECAY_MS);
      if (each.latencyMs === 0 && inFlight > 0) return (1e290 + inFlight) / this.share(each);
      return (latency * (inFlight + 1)) / this.share(each);
    };
    return [cost(left), cost(right)];
  }
}
